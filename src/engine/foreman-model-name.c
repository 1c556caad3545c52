/* SPDX-License-Identifier: MIT */
#include "engine/foreman-model-name.h"

#include <string.h>

#include "libforeman/foreman-error.h"

#define DEFAULT_HOST      "registry.ollama.ai"
#define DEFAULT_NAMESPACE "library"
#define DEFAULT_TAG       "latest"

#define MAX_HOST_LENGTH 350
#define MAX_PART_LENGTH 80

/* A part of the text that is being taken apart; nothing is copied before all of it is known to be
 * legal. */
typedef struct
{
  const char *start;
  gsize length;
} Part;

static Part
part_new (const char *text)
{
  return (Part){ text, strlen (text) };
}

static gboolean
is_space (gunichar c)
{
  /* Unicode's White_Space, which Ollama trims: g_unichar_isspace() lacks some of it */
  switch (c)
    {
    case '\t' ... '\r':
    case ' ':
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2000 ... 0x200a:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
      return TRUE;
    default:
      return FALSE;
    }
}

static Part
part_trim (Part part)
{
  const char *end = part.start + part.length;

  while (part.start < end)
    {
      gunichar c = g_utf8_get_char_validated (part.start, end - part.start);

      if (!is_space (c))
        break;
      part.start = g_utf8_next_char (part.start);
    }
  while (end > part.start)
    {
      const char *last = end - 1;

      while (last > part.start && ((guchar) *last & 0xc0) == 0x80 && end - last < 4)
        last--;
      if (!is_space (g_utf8_get_char_validated (last, end - last)) ||
          g_utf8_next_char (last) != end)
        break;
      end = last;
    }
  part.length = end - part.start;
  return part;
}

static const char *
part_find_last (Part part, char c)
{
  for (gsize i = part.length; i > 0; i--)
    if (part.start[i - 1] == c)
      return part.start + i - 1;
  return NULL;
}

static gboolean
part_has_suffix (Part part, const char *suffix)
{
  gsize length = strlen (suffix);

  return part.length >= length &&
         g_ascii_strncasecmp (part.start + part.length - length, suffix, length) == 0;
}

static gboolean
part_equals (Part part, const char *text)
{
  return part.length == strlen (text) && part_has_suffix (part, text);
}

/* Takes `:cloud`, `:local` or the `-cloud` of a tag off @text and puts the rest in @base. Blanks
 * round a suffix are no part of it: "m: 7b-cloud" is m:7b. */
static ForemanModelSource
strip_source (Part text, char **base)
{
  const char *colon = part_find_last (text, ':');
  ForemanModelSource source = FOREMAN_MODEL_SOURCE_NONE;
  Part before = text, suffix = { "", 0 };

  if (colon != NULL)
    {
      before.length = colon - text.start;
      suffix = part_trim ((Part){ colon + 1, text.length - before.length - 1 });
      if (part_equals (suffix, "cloud"))
        source = FOREMAN_MODEL_SOURCE_CLOUD;
      else if (part_equals (suffix, "local"))
        source = FOREMAN_MODEL_SOURCE_LOCAL;
    }

  if (source != FOREMAN_MODEL_SOURCE_NONE)
    *base = g_strndup (before.start, before.length);
  else if (part_find_last (suffix, '/') == NULL && part_has_suffix (suffix, "-cloud"))
    {
      *base = g_strdup_printf ("%.*s:%.*s", (int) before.length, before.start,
                               (int) (suffix.length - strlen ("-cloud")), suffix.start);
      source = FOREMAN_MODEL_SOURCE_CLOUD;
    }
  else
    *base = g_strndup (text.start, text.length);
  return source;
}

/* Cuts what follows the last @separator off @text. A separator promises something on both of its
 * sides, so that "tiny:" has an empty and therefore illegal tag, not the default one: *found tells
 * the two apart. */
static Part
cut_last (Part *text, char separator, gboolean *found)
{
  const char *at = part_find_last (*text, separator);
  Part after = { NULL, 0 };

  *found = at != NULL;
  if (at == NULL)
    return after;
  after.start = at + 1;
  after.length = text->start + text->length - after.start;
  text->length = at - text->start;
  return after;
}

static gboolean
part_is_legal (Part part, gsize max_length, const char *punctuation)
{
  if (part.length == 0 || part.length > max_length)
    return FALSE;
  for (gsize i = 0; i < part.length; i++)
    {
      char c = part.start[i];

      if (g_ascii_isalnum (c) || c == '_')
        continue;
      if (i == 0 || c == '\0' || strchr (punctuation, c) == NULL)
        return FALSE;
    }
  return TRUE;
}

typedef struct
{
  Part host, namespace, model, tag;
} Parts;

/* "://" ends a scheme, which names nothing: http://h/n/m and https://h/n/m are one model. */
static Part
skip_scheme (Part host)
{
  const char *separator = g_strstr_len (host.start, host.length, "://");

  if (separator != NULL)
    {
      host.length -= separator + 3 - host.start;
      host.start = separator + 3;
    }
  return host;
}

static gboolean
split (Part text, Parts *parts)
{
  const char *colon = part_find_last (text, ':');
  const char *slash = part_find_last (text, '/');
  gboolean found = FALSE;
  Part after;

  parts->host = part_new (DEFAULT_HOST);
  parts->namespace = part_new (DEFAULT_NAMESPACE);
  parts->tag = part_new (DEFAULT_TAG);

  if (colon != NULL && (slash == NULL || colon > slash))
    parts->tag = cut_last (&text, ':', &found);

  after = cut_last (&text, '/', &found);
  parts->model = found ? after : text;
  if (found)
    {
      after = cut_last (&text, '/', &found);
      parts->namespace = found ? after : text;
      if (found)
        {
          Part host = skip_scheme (text);

          /* "/n/m" promises a host and has none; of "http:///n/m" only the scheme is missing its
           * host, and Ollama lets the default stand in for that */
          if (host.length > 0 || host.start == text.start)
            parts->host = host;
        }
    }

  return part_is_legal (parts->host, MAX_HOST_LENGTH, "-.:") &&
         part_is_legal (parts->namespace, MAX_PART_LENGTH, "-") &&
         part_is_legal (parts->model, MAX_PART_LENGTH, "-.") &&
         part_is_legal (parts->tag, MAX_PART_LENGTH, "-.");
}

G_DEFINE_BOXED_TYPE (ForemanModelName,
                     foreman_model_name,
                     foreman_model_name_copy,
                     foreman_model_name_free)

/**
 * foreman_model_name_parse:
 * @text: a model name as a client sends it, or as `/api/tags` lists it
 *
 * Takes a name apart as Ollama does: `[[scheme://]host/][namespace/]model[:tag]`, then perhaps
 * `:cloud` or `:local`.
 *
 * Returns: (transfer full): the name, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST and Ollama's own
 * words for it
 */
ForemanModelName *
foreman_model_name_parse (const char *text, GError **error)
{
  g_autofree char *base = NULL;
  g_autofree char *nested_base = NULL;
  ForemanModelSource source;
  ForemanModelName *name;
  Part trimmed;
  Parts parts;

  g_return_val_if_fail (text != NULL, NULL);

  trimmed = part_trim (part_new (text));
  if (trimmed.length == 0)
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                           "model is required");
      return NULL;
    }

  source = strip_source (trimmed, &base);
  if (source != FOREMAN_MODEL_SOURCE_NONE &&
      strip_source (part_new (base), &nested_base) != FOREMAN_MODEL_SOURCE_NONE)
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                   "use either :local or :cloud, not both: \"%.*s\"", (int) trimmed.length,
                   trimmed.start);
      return NULL;
    }

  if (!split (part_new (base), &parts))
    {
      g_set_error_literal (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST,
                           "invalid model name");
      return NULL;
    }

  name = g_new0 (ForemanModelName, 1);
  name->host = g_strndup (parts.host.start, parts.host.length);
  name->namespace = g_strndup (parts.namespace.start, parts.namespace.length);
  name->model = g_strndup (parts.model.start, parts.model.length);
  name->tag = g_strndup (parts.tag.start, parts.tag.length);
  name->source = source;
  return name;
}

/**
 * foreman_model_name_copy:
 * @name: a name
 *
 * Returns: (transfer full): a copy of @name
 */
ForemanModelName *
foreman_model_name_copy (const ForemanModelName *name)
{
  ForemanModelName *copy;

  g_return_val_if_fail (name != NULL, NULL);

  copy = g_new0 (ForemanModelName, 1);
  copy->host = g_strdup (name->host);
  copy->namespace = g_strdup (name->namespace);
  copy->model = g_strdup (name->model);
  copy->tag = g_strdup (name->tag);
  copy->source = name->source;
  return copy;
}

/**
 * foreman_model_name_free:
 * @name: (nullable): a name
 *
 * Frees @name.
 */
void
foreman_model_name_free (ForemanModelName *name)
{
  if (name == NULL)
    return;
  g_free (name->host);
  g_free (name->namespace);
  g_free (name->model);
  g_free (name->tag);
  g_free (name);
}

/**
 * foreman_model_name_to_string:
 * @name: a name
 *
 * The form that Ollama lists: without a default host or namespace, always with the tag, in the case
 * it was given in.
 *
 * Returns: (transfer full): the shortest form
 */
char *
foreman_model_name_to_string (const ForemanModelName *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  if (g_ascii_strcasecmp (name->host, DEFAULT_HOST) != 0)
    return g_strdup_printf ("%s/%s/%s:%s", name->host, name->namespace, name->model, name->tag);
  if (g_ascii_strcasecmp (name->namespace, DEFAULT_NAMESPACE) != 0)
    return g_strdup_printf ("%s/%s:%s", name->namespace, name->model, name->tag);
  return g_strdup_printf ("%s:%s", name->model, name->tag);
}

/**
 * foreman_model_name_to_key:
 * @name: a name
 *
 * The shortest form in lower case: equal strings for equal names.
 *
 * Returns: (transfer full): a key for tables and labels
 */
char *
foreman_model_name_to_key (const ForemanModelName *name)
{
  char *key = foreman_model_name_to_string (name);

  for (char *c = key; c != NULL && *c != '\0'; c++)
    *c = g_ascii_tolower (*c);
  return key;
}

/**
 * foreman_model_name_equal:
 * @a: (type ForemanModelName): a name
 * @b: (type ForemanModelName): another
 *
 * Compares all four parts, folding ASCII case. Never compare the strings a client sent.
 *
 * Returns: whether both name the same model
 */
gboolean
foreman_model_name_equal (gconstpointer a, gconstpointer b)
{
  const ForemanModelName *left = a, *right = b;

  g_return_val_if_fail (left != NULL && right != NULL, FALSE);

  return g_ascii_strcasecmp (left->model, right->model) == 0 &&
         g_ascii_strcasecmp (left->tag, right->tag) == 0 &&
         g_ascii_strcasecmp (left->namespace, right->namespace) == 0 &&
         g_ascii_strcasecmp (left->host, right->host) == 0;
}

static guint
hash_part (guint hash, const char *part)
{
  for (; *part != '\0'; part++)
    hash = hash * 33 + (guchar) g_ascii_tolower (*part);
  return hash * 33 + '/';
}

/**
 * foreman_model_name_hash:
 * @name: (type ForemanModelName): a name
 *
 * Returns: a hash that goes with foreman_model_name_equal()
 */
guint
foreman_model_name_hash (gconstpointer name)
{
  const ForemanModelName *self = name;

  g_return_val_if_fail (self != NULL, 0);

  return hash_part (hash_part (hash_part (hash_part (5381, self->model), self->tag),
                               self->namespace),
                    self->host);
}
