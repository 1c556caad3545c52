/* SPDX-License-Identifier: MIT */
#include "engine/foreman-json-splice.h"

#include <string.h>

typedef struct
{
  const char *data;
  GByteArray *out;
  gsize copied;   /* what is before it in data is in out, or was cut */
  gsize kept_end; /* the end of the last member that stays, or just behind the opening brace */
  gboolean kept;  /* one stays */
  gboolean cut;   /* the last one seen does not */
} Splice;

static void
copy_until (Splice *splice, gsize until)
{
  if (until > splice->copied)
    g_byte_array_append (splice->out, (const guint8 *) splice->data + splice->copied,
                         until - splice->copied);
  splice->copied = MAX (splice->copied, until);
}

static void
append_text (Splice *splice, const char *text)
{
  g_byte_array_append (splice->out, (const guint8 *) text, strlen (text));
}

/* With a member the comma before it goes, or while there is none before it, the comma after it. */
static void
cut_member (Splice *splice, ForemanJsonSpan name, ForemanJsonSpan value)
{
  if (splice->kept || !splice->cut)
    copy_until (splice, splice->kept ? splice->kept_end : name.offset);
  splice->copied = value.offset + value.length;
  splice->cut = TRUE;
}

static void
keep_member (Splice *splice, ForemanJsonSpan name, ForemanJsonSpan value, const char *text)
{
  if (!splice->kept && splice->cut)
    splice->copied = name.offset;
  if (text != NULL)
    {
      copy_until (splice, value.offset);
      append_text (splice, text);
      splice->copied = value.offset + value.length;
    }
  splice->kept_end = value.offset + value.length;
  splice->kept = TRUE;
  splice->cut = FALSE;
}

static void
add_member (Splice *splice, const ForemanJsonEdit *edit)
{
  copy_until (splice, splice->kept_end);
  if (splice->kept)
    append_text (splice, ",");
  append_text (splice, "\"");
  append_text (splice, edit->name);
  append_text (splice, "\":");
  append_text (splice, edit->value);
  splice->kept = TRUE;
}

static const ForemanJsonEdit *
find_edit (const char *data, ForemanJsonSpan name, const ForemanJsonEdit *edits, guint n_edits)
{
  for (guint i = 0; i < n_edits; i++)
    if (foreman_json_name_matches (data, name, edits[i].name, FOREMAN_JSON_MATCH_STRUCT))
      return &edits[i];
  return NULL;
}

/**
 * foreman_json_splice:
 * @data: JSON text, an object
 * @length: its length in bytes
 * @edits: (array length=n_edits): what to change
 * @n_edits: how many
 * @error: return location for an error
 *
 * Sets and cuts members of the outermost object, found as foreman_json_scan() finds them. Where a
 * name occurs several times, each occurrence is set or cut, so that no reader sees another value. A
 * name that does not occur is added at the end. Every other byte stays as it is, also what follows
 * the object.
 *
 * For a member of a member, splice that one's text and set the outer member to the result.
 *
 * Returns: (transfer full): the new text, or %NULL with %FOREMAN_ERROR_INVALID_REQUEST if @data is
 * not an object in valid JSON
 */
GBytes *
foreman_json_splice (const char *data,
                     gsize length,
                     const ForemanJsonEdit *edits,
                     guint n_edits,
                     GError **error)
{
  g_autofree gboolean *found = g_new0 (gboolean, n_edits);
  g_autoptr (GByteArray) out = NULL;
  Splice splice = { .data = data };
  ForemanJsonSpan name, value;
  GError *problem = NULL;
  ForemanJsonIter iter;

  if (!foreman_json_iter_init_object (&iter, data, (ForemanJsonSpan){ .length = length }, error))
    return NULL;
  out = splice.out = g_byte_array_sized_new (length + 64);
  splice.kept_end = iter.position;

  while (foreman_json_iter_next (&iter, &name, &value, &problem))
    {
      const ForemanJsonEdit *edit = iter.is_object ? find_edit (data, name, edits, n_edits) : NULL;

      if (edit != NULL)
        found[edit - edits] = TRUE;
      if (edit != NULL && edit->value == NULL)
        cut_member (&splice, name, value);
      else
        keep_member (&splice, name, value, edit != NULL ? edit->value : NULL);
    }
  if (problem != NULL)
    {
      g_propagate_error (error, problem);
      return NULL;
    }

  for (guint i = 0; i < n_edits; i++)
    if (!found[i] && edits[i].value != NULL)
      add_member (&splice, &edits[i]);
  copy_until (&splice, length);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}
