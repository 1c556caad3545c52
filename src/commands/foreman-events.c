/* SPDX-License-Identifier: MIT */
#include "commands/foreman-events.h"

#include <string.h>

#include "commands/foreman-await.h"
#include "commands/foreman-client-error.h"
#include "commands/foreman-line-input.h"
#include "commands/foreman-reply-json.h"
#include "libforeman/foreman-error.h"

#define WAIT_MIN (G_USEC_PER_SEC / 2)
#define WAIT_MAX (10 * G_USEC_PER_SEC)

/* foreman sends something every 15 s; a stream that is silent for longer leads nowhere. */
#define SILENCE_MAX (60 * G_USEC_PER_SEC)

struct _ForemanEvents
{
  ForemanClient *client;
  char *path;              /* (owned) */
  ForemanLineInput *lines; /* (owned) (nullable): while it is open */
  gboolean was_open;
  gint64 wait;         /* µs before it is opened again */
  gint64 silent_after; /* monotonic, µs: by then something has to come */
  char *last_id;       /* (owned) (nullable) */
  GString *name;       /* (owned): of the event that is coming */
  GString *data;       /* (owned) */
  char *given_name;    /* (owned) (nullable): of the event that was given out */
  JsonNode *given;     /* (owned) (nullable): its data */
};

/**
 * foreman_events_new:
 * @client: whom to ask; outlives this
 * @path: of the stream
 *
 * Returns: (transfer full): a stream that is not open yet
 */
ForemanEvents *
foreman_events_new (ForemanClient *client, const char *path)
{
  ForemanEvents *self = g_new0 (ForemanEvents, 1);

  self->client = client;
  self->path = g_strdup (path);
  self->wait = WAIT_MIN;
  self->name = g_string_new (NULL);
  self->data = g_string_new (NULL);
  return self;
}

/**
 * foreman_events_free:
 * @self: (nullable): a stream
 *
 * Closes it.
 */
void
foreman_events_free (ForemanEvents *self)
{
  if (self == NULL)
    return;
  foreman_line_input_free (self->lines);
  g_free (self->path);
  g_free (self->last_id);
  g_string_free (self->name, TRUE);
  g_string_free (self->data, TRUE);
  g_free (self->given_name);
  g_clear_pointer (&self->given, json_node_unref);
  g_free (self);
}

static void
begin_event (ForemanEvents *self)
{
  g_string_truncate (self->name, 0);
  g_string_truncate (self->data, 0);
}

static gboolean
open_stream (ForemanEvents *self, GError **error)
{
  const ForemanCall call = { .method = "GET", .path = self->path, .last_event_id = self->last_id };
  g_autoptr (GInputStream) stream = foreman_client_open (self->client, &call, error);

  if (stream == NULL)
    return FALSE;
  begin_event (self);
  self->silent_after = g_get_monotonic_time () + SILENCE_MAX;
  self->lines = foreman_line_input_new (stream, FOREMAN_CLIENT_LINE_MAX,
                                        foreman_client_get_cancellable (self->client));
  return TRUE;
}

/* Returns: %FALSE if Ctrl-C came meanwhile */
static gboolean
wait_a_little (ForemanEvents *self, GError **error)
{
  GCancellable *cancellable = foreman_client_get_cancellable (self->client);

  foreman_await_time (self->wait, cancellable);
  self->wait = MIN (self->wait * 2, WAIT_MAX);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* What is only away for a moment does not end a wait of a night; but nothing waits for a service
 * that was never there. */
static gboolean
open_again (ForemanEvents *self, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) failure = NULL;

      if (self->was_open && !wait_a_little (self, error))
        return FALSE;
      if (open_stream (self, &failure))
        break;
      if (!self->was_open || !foreman_client_error_is_passing (failure))
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
    }
  self->was_open = TRUE;
  return TRUE;
}

static void
set_field (GString *field, const char *value, gsize length)
{
  g_string_truncate (field, 0);
  g_string_append_len (field, value, (gssize) length);
}

static void
add_line (ForemanEvents *self, const char *line, gsize length)
{
  const char *colon = memchr (line, ':', length);
  gsize name_length = colon != NULL ? (gsize) (colon - line) : length;
  const char *value = colon != NULL ? colon + 1 : line + length;
  gsize value_length = (gsize) (line + length - value);

  if (value_length > 0 && *value == ' ')
    {
      value++;
      value_length--;
    }
  if (name_length == 5 && memcmp (line, "event", 5) == 0)
    set_field (self->name, value, value_length);
  else if (name_length == 4 && memcmp (line, "data", 4) == 0)
    {
      if (self->data->len > 0)
        g_string_append_c (self->data, '\n');
      g_string_append_len (self->data, value, (gssize) value_length);
    }
  else if (name_length == 2 && memcmp (line, "id", 2) == 0)
    {
      g_free (self->last_id);
      self->last_id = g_strndup (value, value_length);
    }
}

/* At an empty line: the event, if that was one. */
static gboolean
take_event (ForemanEvents *self, ForemanEvent *event)
{
  g_clear_pointer (&self->given, json_node_unref);
  if (self->data->len > 0)
    self->given = foreman_reply_json_parse (self->data->str, self->data->len, NULL);
  g_free (self->given_name);
  self->given_name = g_strdup (self->name->str);
  begin_event (self);
  if (self->given == NULL)
    return FALSE;
  event->name = self->given_name;
  event->data = json_node_get_object (self->given);
  self->wait = WAIT_MIN;
  return TRUE;
}

static gboolean
read_event (ForemanEvents *self, gint64 deadline, ForemanEvent *event, GError **error)
{
  const char *line;
  gsize length;

  while (foreman_line_input_next (self->lines, MIN (deadline, self->silent_after), &line, &length,
                                  error))
    {
      self->silent_after = g_get_monotonic_time () + SILENCE_MAX;
      if (length > 0)
        add_line (self, line, length);
      else if (take_event (self, event))
        return TRUE;
    }
  return FALSE;
}

/**
 * foreman_events_next:
 * @self: a stream
 * @deadline: monotonic time in µs, or %FOREMAN_AWAIT_FOREVER
 * @event: (out): the event
 * @error: return location for an error
 *
 * Waits for the next event. When the stream breaks off it is opened again, as long as that takes;
 * the deadline does not hold for that.
 *
 * Returns: %FALSE with an error: %FOREMAN_ERROR_TIMEOUT when the deadline passed,
 * %G_IO_ERROR_CANCELLED, or what keeps it from being opened
 */
gboolean
foreman_events_next (ForemanEvents *self, gint64 deadline, ForemanEvent *event, GError **error)
{
  GCancellable *cancellable = foreman_client_get_cancellable (self->client);

  *event = (ForemanEvent){ NULL };
  while (self->lines != NULL)
    {
      g_autoptr (GError) failure = NULL;

      if (read_event (self, deadline, event, &failure))
        return TRUE;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (g_error_matches (failure, FOREMAN_ERROR, FOREMAN_ERROR_TIMEOUT) &&
          g_get_monotonic_time () < self->silent_after)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      g_clear_pointer (&self->lines, foreman_line_input_free);
    }
  return open_again (self, error);
}
