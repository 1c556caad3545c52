/* SPDX-License-Identifier: MIT */
#include "engine/foreman-model-list.h"

#include "engine/foreman-json-scan.h"
#include "libforeman/foreman-error.h"

/**
 * ForemanModelList:
 *
 * What the target answered to `/api/tags` or `/api/ps`: the models in it, and the very bytes. It
 * never changes.
 */
struct _ForemanModelList
{
  GBytes *bytes;      /* (owned) */
  GPtrArray *entries; /* (owned) (element-type ForemanModelEntry): in the target's order */
  GHashTable *by_key; /* (owned): an entry's key (unowned) → the first such entry (unowned) */
};

G_DEFINE_BOXED_TYPE (ForemanModelList,
                     foreman_model_list,
                     foreman_model_list_ref,
                     foreman_model_list_unref)

static void
entry_free (ForemanModelEntry *entry)
{
  g_free (entry->text);
  g_free (entry->key);
  g_free (entry->digest);
  g_free (entry->expires_at);
  g_free (entry);
}

/* What is read of a model; the rest stays in the bytes. */
enum
{
  NAME,
  MODEL,
  DIGEST,
  EXPIRES_AT,
  SIZE,
  SIZE_VRAM,
  CONTEXT_LENGTH,
  N_MEMBERS
};

static const char *const members[N_MEMBERS + 1] = {
  [NAME] = "name",
  [MODEL] = "model",
  [DIGEST] = "digest",
  [EXPIRES_AT] = "expires_at",
  [SIZE] = "size",
  [SIZE_VRAM] = "size_vram",
  [CONTEXT_LENGTH] = "context_length",
};

/* (transfer full) */
static char *
dup_string (const char *data, ForemanJsonSpan span)
{
  char *text =
      foreman_json_span_is_string (data, span) ? foreman_json_span_dup_string (data, span) : NULL;

  return text != NULL ? text : g_strdup ("");
}

/* Not as a double, which has no room for all sizes. */
static gint64
get_number (const char *data, ForemanJsonSpan span)
{
  g_autofree char *text = foreman_json_span_dup_text (data, span);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
}

/* (transfer full) (nullable): NULL if there is no model in it */
static ForemanModelEntry *
entry_new (const char *data, ForemanJsonSpan object)
{
  ForemanJsonSpan spans[N_MEMBERS];
  g_autoptr (ForemanModelName) name = NULL;
  g_autofree char *text = NULL;
  ForemanModelEntry *entry;

  if (!foreman_json_scan_members (data, object, members, FOREMAN_JSON_MATCH_STRUCT, spans, NULL))
    return NULL;
  text = dup_string (data, spans[NAME]);
  if (*text == '\0')
    {
      g_free (text);
      text = dup_string (data, spans[MODEL]);
    }
  if (*text == '\0')
    return NULL;
  name = foreman_model_name_parse (text, NULL);
  entry = g_new0 (ForemanModelEntry, 1);
  entry->key = name != NULL ? foreman_model_name_to_key (name) : g_strdup (text);
  entry->text = g_steal_pointer (&text);
  entry->digest = dup_string (data, spans[DIGEST]);
  entry->expires_at = dup_string (data, spans[EXPIRES_AT]);
  entry->size = get_number (data, spans[SIZE]);
  entry->size_vram = get_number (data, spans[SIZE_VRAM]);
  entry->context_length = get_number (data, spans[CONTEXT_LENGTH]);
  return entry;
}

static void
list_add (ForemanModelList *list, ForemanModelEntry *entry /* (transfer full) */)
{
  g_ptr_array_add (list->entries, entry);
  if (!g_hash_table_contains (list->by_key, entry->key))
    g_hash_table_insert (list->by_key, entry->key, entry);
}

static gboolean
list_fill (ForemanModelList *list, GError **error)
{
  static const char *const names[] = { "models", NULL };
  gsize length;
  const char *data = g_bytes_get_data (list->bytes, &length);
  ForemanJsonSpan models, element;
  ForemanJsonIter iter;
  GError *reason = NULL;

  if (!foreman_json_scan (data != NULL ? data : "", length, names, &models, error))
    return FALSE;
  if (models.length > 0 && foreman_json_span_is_null (data, models))
    return TRUE;
  if (models.length == 0 || !foreman_json_span_is_array (data, models))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST, "no “models” in it");
      return FALSE;
    }
  if (!foreman_json_iter_init (&iter, data, models, error))
    return FALSE;
  while (foreman_json_iter_next (&iter, NULL, &element, &reason))
    {
      ForemanModelEntry *entry = entry_new (data, element);

      if (entry != NULL)
        list_add (list, entry);
    }
  if (reason != NULL)
    {
      g_propagate_error (error, reason);
      return FALSE;
    }
  return TRUE;
}

/**
 * foreman_model_list_new:
 * @body: what the target answered
 * @error: return location for an error
 *
 * Reads a list of models. What in it is no model is left out, but stays in the bytes.
 *
 * Returns: (transfer full): a list, or %NULL with %FOREMAN_ERROR_CONNECTION if @body is none
 */
ForemanModelList *
foreman_model_list_new (GBytes *body, GError **error)
{
  g_autoptr (ForemanModelList) list = g_atomic_rc_box_new0 (ForemanModelList);
  g_autoptr (GError) reason = NULL;

  list->bytes = g_bytes_ref (body);
  list->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  list->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  if (!list_fill (list, &reason))
    {
      g_set_error (error, FOREMAN_ERROR, FOREMAN_ERROR_CONNECTION,
                   "what answers is no list of models: %s; is it an Ollama? (FOREMAN_OLLAMA_URL)",
                   reason->message);
      return NULL;
    }
  return g_steal_pointer (&list);
}

/**
 * foreman_model_list_ref:
 * @list: a list
 *
 * Returns: (transfer full): @list
 */
ForemanModelList *
foreman_model_list_ref (ForemanModelList *list)
{
  return g_atomic_rc_box_acquire (list);
}

static void
list_clear (gpointer data)
{
  ForemanModelList *list = data;

  g_clear_pointer (&list->by_key, g_hash_table_unref);
  g_clear_pointer (&list->entries, g_ptr_array_unref);
  g_clear_pointer (&list->bytes, g_bytes_unref);
}

/**
 * foreman_model_list_unref:
 * @list: (transfer full): a list
 *
 * Drops a reference, and frees @list with the last one.
 */
void
foreman_model_list_unref (ForemanModelList *list)
{
  g_atomic_rc_box_release_full (list, list_clear);
}

/**
 * foreman_model_list_get_bytes:
 * @list: a list
 *
 * Returns: (transfer none): what the target answered, byte by byte
 */
GBytes *
foreman_model_list_get_bytes (ForemanModelList *list)
{
  return list->bytes;
}

/**
 * foreman_model_list_get_n:
 * @list: a list
 *
 * Returns: how many models it has
 */
guint
foreman_model_list_get_n (ForemanModelList *list)
{
  return list->entries->len;
}

/**
 * foreman_model_list_get:
 * @list: a list
 * @index: from 0
 *
 * Returns: (transfer none): a model, in the target's order
 */
const ForemanModelEntry *
foreman_model_list_get (ForemanModelList *list, guint index)
{
  g_return_val_if_fail (index < list->entries->len, NULL);

  return g_ptr_array_index (list->entries, index);
}

/**
 * foreman_model_list_find:
 * @list: a list
 * @name: a model's name
 *
 * Returns: (transfer none) (nullable): the model of that name
 */
const ForemanModelEntry *
foreman_model_list_find (ForemanModelList *list, const ForemanModelName *name)
{
  g_autofree char *key = foreman_model_name_to_key (name);

  return g_hash_table_lookup (list->by_key, key);
}

static gboolean
entry_is_same (const ForemanModelEntry *entry, const ForemanModelEntry *other)
{
  return other != NULL && g_str_equal (entry->digest, other->digest) &&
         entry->size == other->size && entry->context_length == other->context_length;
}

/**
 * foreman_model_list_has_same_models:
 * @list: a list
 * @other: another
 *
 * Compares what is in the lists but neither their order nor when models expire, which change by
 * mere use.
 *
 * Returns: whether both have the same models
 */
gboolean
foreman_model_list_has_same_models (ForemanModelList *list, ForemanModelList *other)
{
  GHashTableIter iter;
  gpointer key, entry;

  if (g_hash_table_size (list->by_key) != g_hash_table_size (other->by_key))
    return FALSE;
  g_hash_table_iter_init (&iter, list->by_key);
  while (g_hash_table_iter_next (&iter, &key, &entry))
    if (!entry_is_same (entry, g_hash_table_lookup (other->by_key, key)))
      return FALSE;
  return TRUE;
}
