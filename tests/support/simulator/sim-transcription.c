/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "sim-handlers.h"
#include "sim-server.h"
#include "sim-v1.h"
#include "sim-write.h"

/* POST /v1/audio/transcriptions: a form in, a chat about its audio, the text of the answer out. */

typedef struct
{
  char *model;
  char *language;
  char *prompt;
  char *format;
  GBytes *file;
} Form;

static void
clear (Form *form)
{
  g_free (form->model);
  g_free (form->language);
  g_free (form->prompt);
  g_free (form->format);
  g_clear_pointer (&form->file, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Form, clear)

/* The value of name="…" in a part's head. */
static char *
parameter_of (const char *head, const char *name)
{
  g_autofree char *start = g_strdup_printf ("; %s=\"", name);
  const char *found = strstr (head, start);

  if (found == NULL)
    return NULL;
  found += strlen (start);
  return g_strndup (found, strcspn (found, "\""));
}

static void
take_part (Form *form, const char *part, gsize length)
{
  const char *body = g_strstr_len (part, (gssize) length, "\r\n\r\n");
  g_autofree char *head = NULL, *name = NULL, *file = NULL;
  char **field;

  if (body == NULL)
    return;
  head = g_strndup (part, (gsize) (body - part));
  body += 4;
  length -= (gsize) (body - part);
  name = parameter_of (head, "name");
  file = parameter_of (head, "filename");
  if (g_strcmp0 (name, "file") == 0 && file != NULL)
    {
      g_clear_pointer (&form->file, g_bytes_unref);
      form->file = g_bytes_new (body, length);
      return;
    }
  field = g_strcmp0 (name, "model") == 0             ? &form->model
          : g_strcmp0 (name, "language") == 0        ? &form->language
          : g_strcmp0 (name, "prompt") == 0          ? &form->prompt
          : g_strcmp0 (name, "response_format") == 0 ? &form->format
                                                     : NULL;
  if (field == NULL)
    return;
  g_free (*field);
  *field = g_strndup (body, length);
}

static const char *
find (const char *from, const char *end, const char *mark)
{
  return memmem (from, (gsize) (end - from), mark, strlen (mark));
}

/* FALSE: the form makes no sense. */
static gboolean
parse_form (Form *form, const char *data, gsize length, const char *boundary)
{
  g_autofree char *mark = g_strconcat ("--", boundary, NULL);
  g_autofree char *next_mark = g_strconcat ("\r\n--", boundary, NULL);
  const char *end = data + length, *at = find (data, end, mark);

  while (at != NULL)
    {
      const char *start, *stop;

      start = at + (at == data || g_str_has_prefix (at, "--") ? strlen (mark) : strlen (next_mark));
      if (end - start >= 2 && start[0] == '-' && start[1] == '-')
        return TRUE;
      if (end - start < 2)
        return FALSE;
      start += 2;
      stop = find (start, end, next_mark);
      if (stop == NULL)
        return FALSE;
      take_part (form, start, (gsize) (stop - start));
      at = stop;
    }
  return FALSE;
}

static char *
boundary_of (const char *type)
{
  const char *found = strstr (type, "boundary=");

  if (found == NULL)
    return NULL;
  found += strlen ("boundary=");
  if (*found == '"')
    return g_strndup (found + 1, strcspn (found + 1, "\""));
  return g_strndup (found, strcspn (found, "; "));
}

/* Returns what is wrong with the request (transfer full), or NULL. */
static char *
read_form (SimExchange *x, Form *form)
{
  const char *type = sim_exchange_header (x, "Content-Type");
  g_autofree char *boundary = type != NULL ? boundary_of (type) : NULL;

  if (type == NULL || !g_str_has_prefix (type, "multipart/form-data"))
    return g_strdup (
        "failed to parse multipart form: request Content-Type isn't multipart/form-data");
  if (boundary == NULL)
    return g_strdup ("failed to parse multipart form: no multipart boundary param in Content-Type");
  if (!parse_form (form, (const char *) x->body->data, x->body->len, boundary))
    return g_strdup ("failed to parse multipart form: multipart: NextPart: EOF");
  if (form->model == NULL || *form->model == '\0')
    return g_strdup ("model is required");
  if (form->file == NULL)
    return g_strdup ("file is required: http: no such file");
  return g_bytes_get_size (form->file) == 0 ? g_strdup ("audio file is empty") : NULL;
}

static GString *
convert (const Form *form)
{
  GString *out = g_string_new ("{"),
          *system = g_string_new ("Transcribe the following audio exactly as spoken. Output only "
                                  "the transcription text, nothing else.");
  g_autofree char *audio =
      g_base64_encode (g_bytes_get_data (form->file, NULL), g_bytes_get_size (form->file));

  if (form->language != NULL && *form->language != '\0')
    g_string_append_printf (system, " The audio is in %s.", form->language);
  if (form->prompt != NULL && *form->prompt != '\0')
    g_string_append_printf (system, " Context: %s", form->prompt);
  sim_write_member (out, "model", form->model);
  g_string_append (out, ",\"messages\":[{\"role\":\"system\"");
  sim_write_member (out, "content", system->str);
  g_string_append (out, "},{\"role\":\"user\",\"content\":\"Transcribe this audio.\",\"images\":[");
  sim_write_string (out, audio);
  g_string_append (out, "]}],\"stream\":true,\"options\":{\"temperature\":0}}");
  g_string_free (system, TRUE);
  return out;
}

static void
free_text (gpointer text)
{
  g_string_free (text, TRUE);
}

void
sim_handle_v1_transcriptions (SimExchange *x)
{
  g_auto (Form) form = { 0 };
  g_autofree char *problem = NULL;

  if (!sim_body_read_all (x))
    return;
  problem = read_form (x, &form);
  if (problem != NULL)
    {
      sim_v1_refuse (x, 400, problem);
      return;
    }
  sim_record_set_class (x->server->stats, x->record, SIM_CLASS_CHAT, form.model);
  if (g_strcmp0 (form.format, "text") == 0)
    x->wanted_format = "text";
  x->surface_state = g_string_new (NULL);
  x->surface_free = free_text;
  sim_body_replace (x, convert (&form));
  sim_handle_chat (x);
}
