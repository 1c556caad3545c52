/* SPDX-License-Identifier: MIT */
#include "sim-exchange.h"

#include <string.h>

#include "sim-server.h"

static void
clear_header (gpointer data)
{
  SimHeader *header = data;

  g_free (header->name);
  g_free (header->value);
}

SimExchange *
sim_exchange_new (SimConnection *connection)
{
  SimExchange *x = g_new0 (SimExchange, 1);

  x->connection = connection;
  x->server = connection->server;
  x->headers = g_array_new (FALSE, FALSE, sizeof (SimHeader));
  g_array_set_clear_func (x->headers, clear_header);
  x->answer_headers = g_array_new (FALSE, FALSE, sizeof (SimHeader));
  g_array_set_clear_func (x->answer_headers, clear_header);
  x->body = g_byte_array_new ();
  x->scratch = g_ptr_array_new_with_free_func (g_free);
  return x;
}

void
sim_exchange_free (SimExchange *x)
{
  g_free (x->method);
  g_free (x->target);
  sim_url_clear (&x->url);
  g_free (x->host);
  g_array_unref (x->headers);
  g_array_unref (x->answer_headers);
  g_clear_pointer (&x->checksum, g_checksum_free);
  g_byte_array_unref (x->body);
  sim_document_free (x->document);
  sim_document_free (x->original);
  g_free (x->document_error);
  g_ptr_array_unref (x->scratch);
  g_clear_pointer (&x->fault, sim_fault_unref);
  if (x->surface_free != NULL)
    x->surface_free (x->surface_state);
  g_free (x);
}

/* The first header of that name, or NULL. */
const char *
sim_exchange_header (SimExchange *x, const char *name)
{
  for (guint i = 0; i < x->headers->len; i++)
    {
      SimHeader *header = &g_array_index (x->headers, SimHeader, i);

      if (g_ascii_strcasecmp (header->name, name) == 0)
        return header->value;
    }
  return NULL;
}

gboolean
sim_exchange_has_token (SimExchange *x, const char *name, const char *token)
{
  for (guint i = 0; i < x->headers->len; i++)
    {
      SimHeader *header = &g_array_index (x->headers, SimHeader, i);
      g_auto (GStrv) parts = NULL;

      if (g_ascii_strcasecmp (header->name, name) != 0)
        continue;
      parts = g_strsplit (header->value, ",", -1);
      for (guint j = 0; parts[j] != NULL; j++)
        if (g_ascii_strcasecmp (g_strstrip (parts[j]), token) == 0)
          return TRUE;
    }
  return FALSE;
}

/* Keeps @text (transfer full) for the life of the exchange. */
char *
sim_exchange_keep (SimExchange *x, char *text)
{
  g_ptr_array_add (x->scratch, text);
  return text;
}

void
sim_exchange_stage (SimExchange *x, SimStage stage)
{
  if (x->record != NULL)
    sim_record_set_stage (x->server->stats, x->record, stage);
}
