/* SPDX-License-Identifier: MIT */
#include "fake-ollama.h"

static void
answer (FakeOllama *fake, SoupServerMessage *message, guint status)
{
  const char *path = g_uri_get_path (soup_server_message_get_uri (message));
  const char *body = "{\"version\":\"0.0.0\"}";

  if (g_str_equal (path, "/api/tags"))
    body = fake->tags;
  else if (g_str_equal (path, "/api/ps"))
    body = fake->ps;
  else if (g_str_equal (path, "/api/embed"))
    body = "{\"model\":\"m\",\"embeddings\":[]}";
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, body,
                                    strlen (body));
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  FakeOllama *fake = data;
  gboolean held = FALSE;
  guint status = fake->status;

  if (g_str_equal (path, "/api/tags"))
    fake->n_tags++;
  else if (g_str_equal (path, "/api/ps"))
    {
      fake->n_ps++;
      held = fake->hold_ps;
    }
  else if (g_str_equal (path, "/api/embed"))
    {
      SoupMessageBody *body = soup_server_message_get_request_body (message);

      fake->n_embed++;
      status = fake->embed_status;
      held = fake->hold_embed;
      g_free (fake->last_embed);
      fake->last_embed = g_strndup (body->data, body->length);
    }
  else
    {
      fake->n_other++;
      status = 200;
    }
  if (held)
    {
      soup_server_message_pause (message);
      g_ptr_array_add (fake->held, g_object_ref (message));
    }
  else
    answer (fake, message, status);
}

void
fake_ollama_start (FakeOllama *fake)
{
  g_autoptr (GError) error = NULL;
  g_autoslist (GUri) uris = NULL;

  if (fake->tags == NULL)
    {
      fake_ollama_set_tags (fake, "qwen3:8b");
      fake_ollama_set_ps (fake, NULL);
      fake->status = 200;
      fake->embed_status = 200;
      fake->held = g_ptr_array_new_with_free_func (g_object_unref);
    }
  fake->server = g_object_new (SOUP_TYPE_SERVER, NULL);
  soup_server_add_handler (fake->server, NULL, on_request, fake, NULL);
  soup_server_listen_local (fake->server, fake->port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fake->server);
  fake->port = g_uri_get_port (uris->data);
}

void
fake_ollama_stop (FakeOllama *fake)
{
  soup_server_disconnect (fake->server);
  g_ptr_array_set_size (fake->held, 0);
  g_clear_object (&fake->server);
}

void
fake_ollama_clear (FakeOllama *fake)
{
  if (fake->server != NULL)
    fake_ollama_stop (fake);
  g_clear_pointer (&fake->held, g_ptr_array_unref);
  g_clear_pointer (&fake->tags, g_free);
  g_clear_pointer (&fake->ps, g_free);
  g_clear_pointer (&fake->last_embed, g_free);
}

char *
fake_ollama_get_url (FakeOllama *fake)
{
  return g_strdup_printf ("http://127.0.0.1:%u", fake->port);
}

static void
set_list (char **list, const char *model)
{
  g_free (*list);
  if (model != NULL)
    *list =
        g_strdup_printf ("{\"models\":[{\"name\":\"%s\",\"digest\":\"1\",\"more\":1.50}]}", model);
  else
    *list = g_strdup ("{\"models\":[]}");
}

void
fake_ollama_set_tags (FakeOllama *fake, const char *model)
{
  set_list (&fake->tags, model);
}

void
fake_ollama_set_ps (FakeOllama *fake, const char *model)
{
  set_list (&fake->ps, model);
}

void
fake_ollama_answer_held (FakeOllama *fake)
{
  g_autoptr (GPtrArray) held = g_steal_pointer (&fake->held);

  fake->held = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < held->len; i++)
    {
      SoupServerMessage *message = held->pdata[i];
      const char *path = g_uri_get_path (soup_server_message_get_uri (message));

      answer (fake, message, g_str_equal (path, "/api/embed") ? fake->embed_status : fake->status);
      soup_server_message_unpause (message);
    }
}
