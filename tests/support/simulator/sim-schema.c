/* SPDX-License-Identifier: MIT */
#include "sim-schema.h"

#include <string.h>

/* The state of one check: Go goes on after a plain type error and reports the first, but stops at
 * the error of an UnmarshalJSON. */
typedef struct
{
  char *saved; /* (owned) (nullable) first plain error */
  gboolean stop;
} Check;

static void check_struct (Check *check,
                          const SimSchema *schema,
                          const char *outer,
                          const char *path,
                          const SimJson *value);

static void
save (Check *check, char *error)
{
  if (check->saved == NULL)
    check->saved = error;
  else
    g_free (error);
}

static void
mismatch (Check *check, const char *owner, const char *path, const char *what, const char *go)
{
  if (*path == '\0')
    save (check, g_strdup_printf ("json: cannot unmarshal %s into Go value of type %s", what, go));
  else
    save (check, g_strdup_printf ("json: cannot unmarshal %s into Go struct field %s.%s of type %s",
                                  what, owner, path, go));
}

static gboolean
expect (Check *check,
        const char *owner,
        const char *path,
        const SimJson *value,
        SimJsonKind kind,
        const char *go)
{
  if (value->kind == kind)
    return TRUE;
  mismatch (check, owner, path, sim_json_kind_name (value), go);
  return FALSE;
}

static gboolean
is_integer (const SimJson *value)
{
  for (gsize i = 0; i < value->raw_length; i++)
    if (strchr (".eE", value->raw[i]) != NULL)
      return FALSE;
  return value->raw_length < 19;
}

/* What Go's base64.StdEncoding says of @text, or NULL. */
char *
sim_base64_error (const char *text, gsize length)
{
  gsize good = 0, i;

  for (i = 0; i < length; i++)
    {
      if (text[i] == '\r' || text[i] == '\n')
        continue;
      if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
        break;
      good++;
    }
  if (i < length && text[i] == '=' && good % 4 >= 2)
    {
      gsize padding = 0;

      for (; i < length && (text[i] == '=' || text[i] == '\r' || text[i] == '\n'); i++)
        padding += text[i] == '=';
      if (i == length && good % 4 + padding == 4)
        return NULL;
      return g_strdup_printf ("illegal base64 data at input byte %" G_GSIZE_FORMAT, i);
    }
  if (i < length)
    return g_strdup_printf ("illegal base64 data at input byte %" G_GSIZE_FORMAT, i);
  return good % 4 == 0 ? NULL
                       : g_strdup_printf ("illegal base64 data at input byte %" G_GSIZE_FORMAT,
                                          length - good % 4);
}

static void
check_bytes (Check *check,
             const char *owner,
             const char *path,
             const SimJson *value,
             const char *go)
{
  char *error;

  if (value->kind == SIM_JSON_NULL || !expect (check, owner, path, value, SIM_JSON_STRING, go))
    return;
  error = sim_base64_error (value->string, value->string_length);
  if (error != NULL)
    save (check, error);
}

static void
check_list (Check *check,
            const SimField *field,
            const char *owner,
            const char *path,
            const SimJson *value)
{
  static const struct
  {
    SimType type;
    SimJsonKind kind;
    const char *list, *item;
  } kinds[] = {
    { SIM_TYPE_STRINGS, SIM_JSON_STRING, "[]string", "string" },
    { SIM_TYPE_INTS, SIM_JSON_NUMBER, "[]int", "int" },
    { SIM_TYPE_BLOBS, SIM_JSON_STRING, "[]api.ImageData", "api.ImageData" },
    { SIM_TYPE_STRUCTS, SIM_JSON_OBJECT, NULL, NULL },
  };
  guint i = 0;

  while (kinds[i].type != field->type)
    i++;
  if (!expect (check, owner, path, value, SIM_JSON_ARRAY,
               field->go != NULL ? field->go : kinds[i].list))
    return;
  for (const SimJson *item = value->first; item != NULL && !check->stop; item = item->next)
    {
      if (item->kind == SIM_JSON_NULL)
        continue;
      if (field->type == SIM_TYPE_STRUCTS)
        check_struct (check, field->of, owner, path, item);
      else if (field->type == SIM_TYPE_BLOBS)
        check_bytes (check, owner, path, item, kinds[i].item);
      else
        expect (check, owner, path, item, kinds[i].kind, kinds[i].item);
    }
}

static void
check_number (Check *check,
              const SimField *field,
              const char *owner,
              const char *path,
              const SimJson *value)
{
  const char *go = field->go != NULL ? field->go : field->type == SIM_TYPE_INT ? "int" : "float64";

  if (expect (check, owner, path, value, SIM_JSON_NUMBER, go) && field->type == SIM_TYPE_INT &&
      !is_integer (value))
    {
      g_autofree char *what = g_strdup_printf ("number %.*s", (int) value->raw_length, value->raw);

      mismatch (check, owner, path, what, go);
    }
}

static void
check_field (Check *check,
             const SimField *field,
             const char *owner,
             const char *path,
             const SimJson *value)
{
  if (field->type == SIM_TYPE_CUSTOM)
    {
      char *error = field->check (value);

      if (error != NULL)
        {
          g_free (check->saved);
          check->saved = error;
          check->stop = TRUE;
        }
      return;
    }
  if (value->kind == SIM_JSON_NULL || field->type == SIM_TYPE_ANY)
    return;
  if (field->type == SIM_TYPE_STRING)
    expect (check, owner, path, value, SIM_JSON_STRING, "string");
  else if (field->type == SIM_TYPE_BOOL)
    expect (check, owner, path, value, SIM_JSON_BOOL, "bool");
  else if (field->type == SIM_TYPE_INT || field->type == SIM_TYPE_FLOAT)
    check_number (check, field, owner, path, value);
  else if (field->type == SIM_TYPE_MAP)
    expect (check, owner, path, value, SIM_JSON_OBJECT,
            field->go != NULL ? field->go : "map[string]interface {}");
  else if (field->type == SIM_TYPE_BYTES)
    check_bytes (check, owner, path, value, "[]uint8");
  else if (field->type == SIM_TYPE_STRUCT)
    check_struct (check, field->of, owner, path, value);
  else
    check_list (check, field, owner, path, value);
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
check_struct (Check *check,
              const SimSchema *schema,
              const char *outer,
              const char *path,
              const SimJson *value)
{
  const char *owner = schema->unmarshals_self ? outer : schema->name;
  Check inner = { NULL, FALSE };
  Check *used = schema->unmarshals_self ? &inner : check;

  if (!expect (used, outer, path, value, SIM_JSON_OBJECT, schema->go))
    goto out;
  for (const SimJson *member = value->first; member != NULL && !used->stop; member = member->next)
    {
      const SimField *field = find_field (schema, member);
      g_autofree char *below = NULL;

      if (field == NULL)
        continue;
      below = *path == '\0' ? g_strdup (field->name) : g_strconcat (path, ".", field->name, NULL);
      check_field (used, field, owner, below, member);
    }
out:
  if (used == &inner && inner.saved != NULL)
    {
      g_free (check->saved);
      check->saved = inner.saved;
      check->stop = TRUE;
    }
}

/* Returns Go's error for decoding @value into @schema (transfer full), or NULL. */
char *
sim_schema_check (const SimSchema *schema, const SimJson *value)
{
  Check check = { NULL, FALSE };

  if (value->kind != SIM_JSON_NULL)
    check_struct (&check, schema, schema->name, "", value);
  return check.saved;
}
