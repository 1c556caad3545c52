/* SPDX-License-Identifier: MIT */
/* What comes as one piece although streaming was asked for, as embeddings, loads and unloads do: it
 * passes as it is, to the byte. */
#include "jobs/foreman-assembler-private.h"

/* What is larger has something in it. */
#define SMALL (64 * 1024)

static gpointer
new_state (void)
{
  return foreman_spool_new ();
}

static void
free_state (gpointer state)
{
  foreman_spool_free (state);
}

/* Transcriptions may be text. */
static gboolean
is_json (ForemanAssembler *self)
{
  return foreman_endpoint_is_json (self->endpoint);
}

static gboolean
take (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  if (is_json (self))
    foreman_answer_fields_feed (&self->fields, data, length);
  self->is_complete = !is_json (self) || self->fields.is_whole;
  return foreman_spool_append (self->state, data, length, error);
}

static gboolean
says_something (const char *data, ForemanJsonSpan span)
{
  return span.length > 0 && !foreman_json_span_is_null (data, span) &&
         !foreman_json_span_is_empty (data, span);
}

/* An answer that has one of the members in which text or embeddings come, and nothing in them, is
 * empty. */
static gboolean
has_content (const char *data, const ForemanJsonSpan *members, guint n)
{
  gboolean has_member = FALSE;

  for (guint i = 0; i < n; i++)
    {
      if (says_something (data, members[i]))
        return TRUE;
      has_member |= members[i].length > 0;
    }
  return !has_member;
}

static gboolean
look_at (ForemanAssembler *self, const char *data, gsize length, GError **error)
{
  enum
  {
    PROBLEM,
    MESSAGE,
    N_MEMBERS
  };
  static const char *const names[] = { "error", "message", NULL };
  static const char *const contents[] = { "response",  "thinking", "tool_calls", "embeddings",
                                          "embedding", "data",     NULL };
  static const char *const message_contents[] = { "content", "thinking", "tool_calls", NULL };
  ForemanJsonSpan all = { .length = length };
  ForemanJsonSpan members[N_MEMBERS];
  ForemanJsonSpan parts[G_N_ELEMENTS (contents) - 1];

  if (!foreman_assembler_scan (data, length, names, members, error))
    return FALSE;
  if (says_something (data, members[PROBLEM]))
    return foreman_assembler_set_told (data, members[PROBLEM], error);

  if (foreman_json_span_is_object (data, members[MESSAGE]))
    {
      foreman_assembler_find (data, members[MESSAGE], message_contents, parts);
      self->has_content = has_content (data, parts, G_N_ELEMENTS (message_contents) - 1);
    }
  else
    {
      foreman_json_scan_members (data, all, contents, FOREMAN_JSON_MATCH_MAP, parts, NULL);
      self->has_content = has_content (data, parts, G_N_ELEMENTS (parts));
    }
  return TRUE;
}

static ForemanSpool *
compose (ForemanAssembler *self, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  self->has_content = foreman_spool_get_size (self->state) > 0;
  if (is_json (self) && foreman_spool_get_size (self->state) <= SMALL)
    {
      bytes = foreman_spool_read (self->state, 0, SMALL, error);
      if (bytes == NULL ||
          !look_at (self, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error))
        return NULL;
    }
  return g_steal_pointer (&self->state);
}

const ForemanAssemblerDialect foreman_assembler_plain = {
  .framing = FOREMAN_ASSEMBLER_BYTES,
  .new_state = new_state,
  .free_state = free_state,
  .take = take,
  .compose = compose,
};
