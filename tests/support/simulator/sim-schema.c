/* SPDX-License-Identifier: MIT */
#include "sim-schema.h"

#include <string.h>

#define NO_OBJECT "Value looks like object, but can't find closing '}' symbol"

/* The state of one check: Go goes on after a plain type error and reports the first, but stops at
 * the error of an UnmarshalJSON. */
typedef struct
{
  const char *owner; /* (nullable) the struct that errors name, whichever they are in */
  char *saved;       /* (owned) (nullable) the first plain error, or the one that stopped it */
  gboolean stop;
} Check;

/* A value on its way into a field. */
typedef struct
{
  const char *owner; /* the struct of the field */
  const char *path;  /* from the outermost struct */
  const SimJson *value;
} Place;

static void check_struct (Check *check, const SimSchema *schema, const Place *place);

static void
save (Check *check, char *error)
{
  if (check->saved == NULL)
    check->saved = error;
  else
    g_free (error);
}

static void
stop (Check *check, char *error)
{
  g_free (check->saved);
  check->saved = error;
  check->stop = TRUE;
}

static void
mismatch (Check *check, const Place *place, const char *what, const char *go)
{
  if (*place->path == '\0')
    save (check, g_strdup_printf ("json: cannot unmarshal %s into Go value of type %s", what, go));
  else
    save (check, g_strdup_printf ("json: cannot unmarshal %s into Go struct field %s.%s of type %s",
                                  what, place->owner, place->path, go));
}

static gboolean
expect (Check *check, const Place *place, SimJsonKind kind, const char *go)
{
  if (place->value->kind == kind)
    return TRUE;
  mismatch (check, place, sim_json_kind_name (place->value), go);
  return FALSE;
}

static void
check_number (Check *check, const Place *place, gboolean integer, const char *go)
{
  const SimJson *value = place->value;
  gboolean whole = value->raw_length < 19;

  if (!expect (check, place, SIM_JSON_NUMBER, go) || !integer)
    return;
  for (gsize i = 0; i < value->raw_length; i++)
    whole = whole && strchr (".eE", value->raw[i]) == NULL;
  if (!whole)
    {
      g_autofree char *what = g_strdup_printf ("number %.*s", (int) value->raw_length, value->raw);

      mismatch (check, place, what, go);
    }
}

static void
check_base64 (Check *check, const Place *place, const char *go)
{
  char *error;

  if (!expect (check, place, SIM_JSON_STRING, go))
    return;
  error = sim_base64_error (place->value->string, place->value->string_length);
  if (error != NULL)
    save (check, error);
}

static void
check_item (Check *check, const SimField *field, const Place *place)
{
  if (place->value->kind == SIM_JSON_NULL || field->type == SIM_TYPE_ANYS)
    return;
  if (field->type == SIM_TYPE_STRUCTS || field->type == SIM_TYPE_STRING_OR_STRUCTS)
    check_struct (check, field->of, place);
  else if (field->type == SIM_TYPE_BLOBS)
    check_base64 (check, place, "api.ImageData");
  else if (field->type == SIM_TYPE_INTS)
    check_number (check, place, TRUE, "int");
  else
    expect (check, place, SIM_JSON_STRING, "string");
}

static const char *
list_name (const SimField *field)
{
  if (field->go != NULL)
    return field->go;
  switch (field->type)
    {
    case SIM_TYPE_INTS:
      return "[]int";
    case SIM_TYPE_ANYS:
      return "[]interface {}";
    case SIM_TYPE_BLOBS:
      return "[]api.ImageData";
    default:
      return "[]string";
    }
}

static void
check_list (Check *check, const SimField *field, const Place *place)
{
  if (!expect (check, place, SIM_JSON_ARRAY, list_name (field)))
    return;
  for (const SimJson *item = place->value->first; item != NULL && !check->stop; item = item->next)
    {
      Place inside = { place->owner, place->path, item };

      check_item (check, field, &inside);
    }
}

/* What is read by itself: the first error inside is the whole result. */
static void
check_apart (Check *check, const SimField *field, const Place *place)
{
  Check inner = { place->owner, NULL, FALSE };

  if (field->type == SIM_TYPE_ORDERED_STRUCTS)
    for (const SimJson *member = place->value->first; member != NULL && inner.saved == NULL;
         member = member->next)
      {
        Place inside = { place->owner, place->path, member };

        check_struct (&inner, field->of, &inside);
      }
  else
    check_list (&inner, field, place);
  if (inner.saved != NULL)
    stop (check, inner.saved);
}

static void
check_scalar (Check *check, const SimField *field, const Place *place)
{
  const char *go = field->go;

  switch (field->type)
    {
    case SIM_TYPE_STRING:
      expect (check, place, SIM_JSON_STRING, "string");
      break;
    case SIM_TYPE_BOOL:
      expect (check, place, SIM_JSON_BOOL, "bool");
      break;
    case SIM_TYPE_INT:
      check_number (check, place, TRUE, go != NULL ? go : "int");
      break;
    case SIM_TYPE_FLOAT:
      check_number (check, place, FALSE, go != NULL ? go : "float64");
      break;
    default:
      expect (check, place, SIM_JSON_OBJECT, go != NULL ? go : "map[string]interface {}");
    }
}

static void
check_field (Check *check, const SimField *field, const Place *place)
{
  const SimJson *value = place->value;

  if (field->type == SIM_TYPE_CUSTOM)
    {
      char *error = field->check (value);

      if (error != NULL)
        stop (check, error);
    }
  else if (value->kind == SIM_JSON_NULL || field->type == SIM_TYPE_ANY)
    return;
  else if (field->type == SIM_TYPE_STRUCT)
    check_struct (check, field->of, place);
  else if ((field->type == SIM_TYPE_ORDERED || field->type == SIM_TYPE_ORDERED_STRUCTS) &&
           value->kind != SIM_JSON_OBJECT)
    stop (check, g_strdup (NO_OBJECT));
  else if (field->type == SIM_TYPE_STRING_OR_STRINGS || field->type == SIM_TYPE_STRING_OR_STRUCTS)
    {
      if (value->kind != SIM_JSON_STRING)
        check_apart (check, field, place);
    }
  else if (field->type == SIM_TYPE_ORDERED_STRUCTS)
    check_apart (check, field, place);
  else if (field->type >= SIM_TYPE_STRUCTS)
    check_list (check, field, place);
  else if (field->type != SIM_TYPE_ORDERED)
    check_scalar (check, field, place);
}

static const SimField *
find_field (const SimSchema *schema, const SimJson *member)
{
  for (const SimField *field = schema->fields; field->name != NULL; field++)
    if (sim_json_key_is (member, field->name))
      return field;
  return NULL;
}

static void
check_members (Check *check, const SimSchema *schema, const Place *place)
{
  const char *owner = check->owner != NULL ? check->owner : schema->name;
  gboolean complete = schema->needed == NULL;

  for (const SimJson *member = place->value->first; member != NULL && !check->stop;
       member = member->next)
    {
      const SimField *field = find_field (schema, member);
      g_autofree char *path = NULL;

      if (field == NULL)
        continue;
      complete = complete || g_str_equal (field->name, schema->needed);
      if (*place->path == '\0')
        path = g_strdup (field->name);
      else if (field->type == SIM_TYPE_STRING_OR_STRUCTS)
        path = g_strdup (place->path);
      else
        path = g_strconcat (place->path, ".", field->name, NULL);
      check_field (check, field, &(Place){ owner, path, member });
    }
  if (!complete)
    stop (check, g_strdup ("unexpected end of JSON input"));
}

static void
check_struct (Check *check, const SimSchema *schema, const Place *place)
{
  Check inner = { place->owner, NULL, FALSE };
  Check *used = schema->unmarshals_self ? &inner : check;

  if (expect (used, place, SIM_JSON_OBJECT, schema->go))
    check_members (used, schema, place);
  if (inner.saved != NULL)
    stop (check, inner.saved);
}

/* Returns Go's error for decoding @value into @schema (transfer full), or NULL. */
char *
sim_schema_check (const SimSchema *schema, const SimJson *value)
{
  Check check = { NULL, NULL, FALSE };

  if (value->kind != SIM_JSON_NULL)
    check_struct (&check, schema, &(Place){ schema->name, "", value });
  return check.saved;
}
