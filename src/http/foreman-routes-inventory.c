/* SPDX-License-Identifier: MIT */
#include "http/foreman-routes.h"

/* Which of the two lists a request is for. */
typedef GBytes *(*GetList) (ForemanInventory *inventory);

typedef struct
{
  ForemanExchange *exchange; /* (owned) */
  GetList get_list;
} Read;

static gboolean
answer_list (ForemanExchange *exchange, GetList get_list)
{
  GBytes *list = get_list (foreman_exchange_get_context (exchange)->inventory);
  gsize size;
  const char *data;

  if (!list)
    return FALSE;
  data = g_bytes_get_data (list, &size);
  foreman_exchange_answer (exchange, 200, "application/json; charset=utf-8", data, size);
  return TRUE;
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Read *read = user_data;
  g_autoptr (ForemanExchange) exchange = read->exchange;
  g_autoptr (GError) error = NULL;

  foreman_inventory_settle_finish (FOREMAN_INVENTORY (source), result, &error);
  if (!answer_list (exchange, read->get_list))
    {
      foreman_exchange_add_header (exchange, "Retry-After", "5");
      foreman_exchange_answer_error (exchange, 503, FOREMAN_ERROR_CONNECTION,
                                     error ? error->message : "Ollama has not been reached yet",
                                     NULL);
    }
  g_free (read);
}

/* What the last poll said is the answer, but a reader must not miss a change that was just made
 * through us. */
static void
read_list (ForemanExchange *exchange, ForemanInventoryLists list, GetList get_list)
{
  Read *read = g_new0 (Read, 1);

  read->exchange = g_object_ref (exchange);
  read->get_list = get_list;
  foreman_exchange_get_record (exchange)->stage = FOREMAN_STAGE_WAITING;
  foreman_inventory_settle_async (foreman_exchange_get_context (exchange)->inventory, list,
                                  foreman_exchange_get_cancellable (exchange), on_settled, read);
}

/**
 * foreman_route_tags:
 * @exchange: an exchange
 *
 * `GET /api/tags`: the installed models, as Ollama last listed them.
 */
void
foreman_route_tags (ForemanExchange *exchange)
{
  read_list (exchange, FOREMAN_INVENTORY_INSTALLED, foreman_inventory_get_tags);
}

/**
 * foreman_route_ps:
 * @exchange: an exchange
 *
 * `GET /api/ps`: the resident models, as Ollama last listed them.
 */
void
foreman_route_ps (ForemanExchange *exchange)
{
  read_list (exchange, FOREMAN_INVENTORY_RESIDENT, foreman_inventory_get_ps);
}
