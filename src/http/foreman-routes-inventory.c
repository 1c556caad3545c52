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
answer (Read *read, const GError *error)
{
  g_autoptr (ForemanExchange) exchange = read->exchange;

  if (!answer_list (exchange, read->get_list))
    {
      foreman_exchange_add_header (exchange, "Retry-After", "5");
      foreman_exchange_answer_error (exchange, 503, FOREMAN_ERROR_CONNECTION,
                                     error ? error->message : "Ollama has not been reached yet",
                                     NULL);
    }
  g_free (read);
}

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  foreman_inventory_refresh_finish (FOREMAN_INVENTORY (source), result, &error);
  answer (user_data, error);
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  foreman_inventory_settle_finish (FOREMAN_INVENTORY (source), result, &error);
  answer (user_data, error);
}

/* What the last poll said is the answer, but a reader must not miss a change that was just made
 * through us. Before the first poll there is nothing to say: it is made now. */
static void
read_list (ForemanExchange *exchange, ForemanInventoryLists list, GetList get_list)
{
  ForemanInventory *inventory = foreman_exchange_get_context (exchange)->inventory;
  GCancellable *cancellable = foreman_exchange_get_cancellable (exchange);
  Read *read;

  if (foreman_inventory_is_settled (inventory, list))
    {
      answer_list (exchange, get_list);
      return;
    }
  read = g_new0 (Read, 1);
  read->exchange = g_object_ref (exchange);
  read->get_list = get_list;
  foreman_exchange_get_record (exchange)->stage = FOREMAN_STAGE_WAITING;
  if (get_list (inventory))
    foreman_inventory_settle_async (inventory, list, cancellable, on_settled, read);
  else
    foreman_inventory_refresh_async (inventory, list, TRUE, cancellable, on_refreshed, read);
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
