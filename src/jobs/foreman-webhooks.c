/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhooks.h"

#include <libsoup/soup.h>

#include "engine/foreman-log.h"
#include "jobs/foreman-webhook-delivery.h"

/* How many are under way at once: to all receivers, and to one, which may be slow. */
#define MAX_DELIVERIES      32
#define MAX_OF_ONE_RECEIVER 2

/* How many the store is asked for. Where more are due it is asked for more, not too often, since
 * behind those for receivers that are busy may be some for others. */
#define MIN_LISTED    64
#define MAX_LISTED    4096
#define DEEP_INTERVAL (5 * (gint64) G_USEC_PER_SEC)

/* For so long nothing more is sent to a receiver that could not be reached. Shorter than the first
 * delay before a webhook is tried again. */
#define COOL_DOWN (5 * (gint64) G_USEC_PER_SEC)

/* How often at least the wall clock is looked at while something is to be tried again. */
#define LOOK_INTERVAL (60 * (gint64) G_USEC_PER_SEC)

typedef struct
{
  char *origin; /* (owned) */
  guint n_deliveries;
  gint64 unreachable_until; /* monotonic */
} Receiver;

/**
 * ForemanWebhooks:
 *
 * Delivers the outbox: tells those who want to know of each event, in order within a job since the
 * store lists no event before the one before it has ended, and again when that failed.
 *
 * A receiver is what a scheme, a host and a port name. Each gets a few at a time; one that hangs
 * holds up nobody else, and while it cannot be reached what is due for it counts as tried.
 */
struct _ForemanWebhooks
{
  GObject parent_instance;

  ForemanStore *store;       /* (owned) */
  ForemanClock *clock;       /* (owned) */
  ForemanConfig *config;     /* (owned) */
  GCancellable *cancellable; /* (owned) (nullable): of what is under way; %NULL: it is stopped */

  GHashTable *receivers;  /* (owned): origin → Receiver (owned) */
  GHashTable *deliveries; /* (owned) (element-type gint64): sequences of what is under way */

  guint n_listed;   /* what the store is asked for */
  gint64 last_deep; /* when it was last asked for more, monotonic */
  gint64 next_look; /* monotonic; G_MAXINT64: only when something happens */
  guint timer;
  gboolean is_listing;
  gboolean wants_look;
};

G_DEFINE_FINAL_TYPE (ForemanWebhooks, foreman_webhooks, G_TYPE_OBJECT)

typedef struct
{
  ForemanWebhooks *webhooks; /* (owned) */
  Receiver *receiver;        /* (unowned): stays while n_deliveries counts this one */
  gint64 sequence;
  gboolean is_hopeless;
} Delivery;

static void
receiver_free (Receiver *receiver)
{
  g_free (receiver->origin);
  g_free (receiver);
}

static char *
dup_origin (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);

  if (uri == NULL || g_uri_get_host (uri) == NULL)
    return g_strdup ("");
  return g_strdup_printf ("%s://%s:%d", g_uri_get_scheme (uri), g_uri_get_host (uri),
                          g_uri_get_port (uri));
}

static Receiver *
webhooks_get_receiver (ForemanWebhooks *self, const char *url)
{
  g_autofree char *origin = dup_origin (url);
  Receiver *receiver = g_hash_table_lookup (self->receivers, origin);

  if (receiver == NULL)
    {
      receiver = g_new0 (Receiver, 1);
      receiver->origin = g_steal_pointer (&origin);
      g_hash_table_insert (self->receivers, receiver->origin, receiver);
    }
  return receiver;
}

static gboolean
is_forgettable (gpointer key, gpointer value, gpointer now)
{
  const Receiver *receiver = value;

  return receiver->n_deliveries == 0 && receiver->unreachable_until <= *(gint64 *) now;
}

static void on_timer (gpointer data);

static void
webhooks_look_at (ForemanWebhooks *self, gint64 when)
{
  if (when >= self->next_look)
    return;
  self->next_look = when;
  foreman_clock_clear_timer (self->clock, &self->timer);
  self->timer = foreman_clock_add_timer (self->clock, when, on_timer, self, NULL);
}

static void
on_delivered (GObject *source, GAsyncResult *result, gpointer data)
{
  Delivery *delivery = data;
  g_autoptr (ForemanWebhooks) self = delivery->webhooks;
  gint64 now = foreman_clock_get_monotonic (self->clock);
  gboolean was_reached, has_ended;

  has_ended = foreman_webhook_deliver_finish (result, &was_reached, NULL);
  delivery->receiver->n_deliveries--;
  if (has_ended && !delivery->is_hopeless)
    delivery->receiver->unreachable_until = was_reached ? 0 : now + COOL_DOWN;
  g_hash_table_remove (self->deliveries, &delivery->sequence);
  g_free (delivery);
  if (has_ended)
    foreman_webhooks_look (self);
  else if (self->cancellable != NULL)
    webhooks_look_at (self, now + LOOK_INTERVAL);
}

static gboolean
webhooks_has_room (ForemanWebhooks *self)
{
  return g_hash_table_size (self->deliveries) < MAX_DELIVERIES;
}

/* Takes @what, or leaves it for another look. */
static gboolean
webhooks_begin (ForemanWebhooks *self, ForemanDelivery *what)
{
  Receiver *receiver = webhooks_get_receiver (self, what->job->webhook_url);
  gint64 now = foreman_clock_get_monotonic (self->clock);
  gboolean is_hopeless = receiver->unreachable_until > now;
  Delivery *delivery;

  if (!webhooks_has_room (self) || g_hash_table_contains (self->deliveries, &what->event->sequence))
    return FALSE;
  if (receiver->n_deliveries >= MAX_OF_ONE_RECEIVER && !is_hopeless)
    return FALSE;

  delivery = g_new0 (Delivery, 1);
  delivery->webhooks = g_object_ref (self);
  delivery->receiver = receiver;
  delivery->sequence = what->event->sequence;
  delivery->is_hopeless = is_hopeless;
  receiver->n_deliveries++;
  g_hash_table_add (self->deliveries, g_memdup2 (&delivery->sequence, sizeof (gint64)));
  foreman_webhook_deliver_async (what, is_hopeless, self->store, self->clock, self->config,
                                 self->cancellable, on_delivered, delivery);
  return TRUE;
}

/* There may be more than were listed. */
static void
webhooks_go_deeper (ForemanWebhooks *self, gboolean has_all)
{
  gint64 now = foreman_clock_get_monotonic (self->clock);
  gboolean is_deep = self->n_listed > MIN_LISTED;

  if (has_all || !webhooks_has_room (self) || self->n_listed >= MAX_LISTED)
    {
      if (is_deep)
        self->last_deep = now;
      self->n_listed = MIN_LISTED;
    }
  else if (is_deep || now >= self->last_deep + DEEP_INTERVAL)
    {
      self->n_listed *= 2;
      self->wants_look = TRUE;
    }
  else
    webhooks_look_at (self, self->last_deep + DEEP_INTERVAL);
}

static void
webhooks_take_list (ForemanWebhooks *self, GPtrArray *list, gint64 next)
{
  gint64 now = foreman_clock_get_monotonic (self->clock);
  gint64 left = next - foreman_clock_get_real (self->clock);
  gboolean has_all = list->len < self->n_listed;

  for (guint i = 0; i < list->len; i++)
    if (webhooks_begin (self, list->pdata[i]))
      list->pdata[i] = NULL;
  g_hash_table_foreach_remove (self->receivers, is_forgettable, &now);
  if (next != 0 && left > 0)
    webhooks_look_at (self, now + MIN (left, LOOK_INTERVAL));
  webhooks_go_deeper (self, has_all);
}

static void
free_delivery_if_left (gpointer delivery)
{
  if (delivery != NULL)
    foreman_delivery_free (delivery);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (ForemanWebhooks) self = data;
  g_autoptr (GError) error = NULL;
  gint64 next;
  g_autoptr (GPtrArray) list =
      foreman_store_list_deliveries_finish (self->store, result, &next, &error);

  self->is_listing = FALSE;
  if (self->cancellable == NULL)
    return;
  if (list != NULL)
    {
      g_ptr_array_set_free_func (list, free_delivery_if_left);
      webhooks_take_list (self, list, next);
    }
  else
    {
      foreman_log (G_LOG_LEVEL_WARNING, "webhooks have to wait", "FOREMAN_REASON", error->message,
                   NULL);
      webhooks_look_at (self, foreman_clock_get_monotonic (self->clock) + LOOK_INTERVAL);
    }
  if (self->wants_look)
    foreman_webhooks_look (self);
}

static void
on_timer (gpointer data)
{
  ForemanWebhooks *self = data;

  self->timer = 0;
  self->next_look = G_MAXINT64;
  foreman_webhooks_look (self);
}

static void
on_changed (ForemanWebhooks *self, GPtrArray *jobs)
{
  for (guint i = 0; i < jobs->len; i++)
    if (((const ForemanJobRecord *) jobs->pdata[i])->webhook_url != NULL)
      {
        foreman_webhooks_look (self);
        return;
      }
}

static void
foreman_webhooks_dispose (GObject *object)
{
  ForemanWebhooks *self = FOREMAN_WEBHOOKS (object);

  foreman_webhooks_stop (self);

  G_OBJECT_CLASS (foreman_webhooks_parent_class)->dispose (object);
}

static void
foreman_webhooks_finalize (GObject *object)
{
  ForemanWebhooks *self = FOREMAN_WEBHOOKS (object);

  g_clear_pointer (&self->receivers, g_hash_table_unref);
  g_clear_pointer (&self->deliveries, g_hash_table_unref);
  g_clear_object (&self->store);
  g_clear_object (&self->clock);
  g_clear_object (&self->config);

  G_OBJECT_CLASS (foreman_webhooks_parent_class)->finalize (object);
}

static void
foreman_webhooks_class_init (ForemanWebhooksClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = foreman_webhooks_dispose;
  object_class->finalize = foreman_webhooks_finalize;
}

static void
foreman_webhooks_init (ForemanWebhooks *self)
{
  self->receivers =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) receiver_free);
  self->deliveries = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->n_listed = MIN_LISTED;
  self->next_look = G_MAXINT64;
  self->last_deep = -DEEP_INTERVAL;
}

/**
 * foreman_webhooks_new:
 * @store: whose outbox it is
 * @clock: the time
 * @config: the settings
 *
 * Nothing is sent until foreman_webhooks_start(). Main thread.
 *
 * Returns: (transfer full): what delivers
 */
ForemanWebhooks *
foreman_webhooks_new (ForemanStore *store, ForemanClock *clock, ForemanConfig *config)
{
  ForemanWebhooks *self = g_object_new (FOREMAN_TYPE_WEBHOOKS, NULL);

  self->store = g_object_ref (store);
  self->clock = g_object_ref (clock);
  self->config = g_object_ref (config);
  g_signal_connect_object (store, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "notify::available", G_CALLBACK (foreman_webhooks_look), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (clock, "resumed", G_CALLBACK (foreman_webhooks_look), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/**
 * foreman_webhooks_set_config:
 * @self: what delivers
 * @config: the settings: `FOREMAN_WEBHOOK_ALLOW`, `FOREMAN_WEBHOOK_SECRET`
 *
 * From the next delivery on. Main thread.
 */
void
foreman_webhooks_set_config (ForemanWebhooks *self, ForemanConfig *config)
{
  g_return_if_fail (FOREMAN_IS_WEBHOOKS (self));

  g_set_object (&self->config, config);
}

/**
 * foreman_webhooks_start:
 * @self: what delivers
 *
 * Begins with what is due, as soon as the store is available. Main thread.
 */
void
foreman_webhooks_start (ForemanWebhooks *self)
{
  g_return_if_fail (FOREMAN_IS_WEBHOOKS (self));

  if (self->cancellable != NULL)
    return;
  self->cancellable = g_cancellable_new ();
  foreman_webhooks_look (self);
}

/**
 * foreman_webhooks_stop:
 * @self: what delivers
 *
 * Sends nothing more. What is under way is given up and is sent again at the next start. Main
 * thread.
 */
void
foreman_webhooks_stop (ForemanWebhooks *self)
{
  g_autoptr (GCancellable) cancellable = NULL;

  g_return_if_fail (FOREMAN_IS_WEBHOOKS (self));

  cancellable = g_steal_pointer (&self->cancellable);
  if (cancellable == NULL)
    return;
  foreman_clock_clear_timer (self->clock, &self->timer);
  self->next_look = G_MAXINT64;
  g_cancellable_cancel (cancellable);
}

/**
 * foreman_webhooks_look:
 * @self: what delivers
 *
 * Looks for what is due. That happens by itself when jobs change state; after a redelivery was
 * asked for, this is to be called. Main thread.
 */
void
foreman_webhooks_look (ForemanWebhooks *self)
{
  g_return_if_fail (FOREMAN_IS_WEBHOOKS (self));

  self->wants_look = self->is_listing;
  if (self->cancellable == NULL || self->is_listing || !foreman_store_is_available (self->store))
    return;
  self->is_listing = TRUE;
  foreman_store_list_deliveries_async (self->store, foreman_clock_get_real (self->clock),
                                       self->n_listed, NULL, on_listed, g_object_ref (self));
}
