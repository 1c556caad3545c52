/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhook-address.h"

#include "libforeman/foreman-error.h"

/**
 * ForemanWebhookAddress:
 *
 * A host and a port, as GNetworkAddress is, of whose addresses only those are connected to that a
 * policy allows. The check is made on the very address that goes to connect(), so that a name
 * server that answers differently each time gains nothing. TLS still sees the host's name.
 */
struct _ForemanWebhookAddress
{
  GNetworkAddress parent_instance;

  ForemanWebhookPolicy *policy; /* (owned) */
};

/* Hands out what the address's own enumerator finds, without what is not allowed. */
#define FOREMAN_TYPE_WEBHOOK_ENUMERATOR (foreman_webhook_enumerator_get_type ())
G_DECLARE_FINAL_TYPE (ForemanWebhookEnumerator,
                      foreman_webhook_enumerator,
                      FOREMAN,
                      WEBHOOK_ENUMERATOR,
                      GSocketAddressEnumerator)

struct _ForemanWebhookEnumerator
{
  GSocketAddressEnumerator parent_instance;

  ForemanWebhookAddress *address;  /* (owned) */
  GSocketAddressEnumerator *inner; /* (owned) */
  gboolean has_allowed;
  gboolean has_refused;
};

G_DEFINE_FINAL_TYPE (ForemanWebhookEnumerator,
                     foreman_webhook_enumerator,
                     G_TYPE_SOCKET_ADDRESS_ENUMERATOR)

static gboolean
enumerator_takes (ForemanWebhookEnumerator *self, GSocketAddress *address)
{
  gboolean is_allowed =
      G_IS_INET_SOCKET_ADDRESS (address) &&
      foreman_webhook_policy_allows (self->address->policy, g_inet_socket_address_get_address (
                                                                G_INET_SOCKET_ADDRESS (address)));

  self->has_allowed |= is_allowed;
  self->has_refused |= !is_allowed;
  return is_allowed;
}

/* At the end: whether it is for the policy that there was nothing. */
static GError *
enumerator_dup_refusal (ForemanWebhookEnumerator *self)
{
  if (self->has_allowed || !self->has_refused)
    return NULL;
  return g_error_new_literal (FOREMAN_ERROR, FOREMAN_ERROR_FORBIDDEN,
                              "webhooks may not go to the host's address (FOREMAN_WEBHOOK_ALLOW)");
}

static GSocketAddress *
foreman_webhook_enumerator_next (GSocketAddressEnumerator *enumerator,
                                 GCancellable *cancellable,
                                 GError **error)
{
  ForemanWebhookEnumerator *self = FOREMAN_WEBHOOK_ENUMERATOR (enumerator);
  GError *problem = NULL;

  for (;;)
    {
      g_autoptr (GSocketAddress) address =
          g_socket_address_enumerator_next (self->inner, cancellable, &problem);

      if (address != NULL && enumerator_takes (self, address))
        return g_steal_pointer (&address);
      if (address != NULL)
        continue;
      if (problem == NULL)
        problem = enumerator_dup_refusal (self);
      if (problem != NULL)
        g_propagate_error (error, problem);
      return NULL;
    }
}

static void
on_next (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  ForemanWebhookEnumerator *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GSocketAddress) address =
      g_socket_address_enumerator_next_finish (self->inner, result, &error);

  if (address != NULL && !enumerator_takes (self, address))
    {
      g_socket_address_enumerator_next_async (self->inner, g_task_get_cancellable (task), on_next,
                                              g_object_ref (task));
      return;
    }
  if (address == NULL && error == NULL)
    error = enumerator_dup_refusal (self);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&address), g_object_unref);
}

static void
foreman_webhook_enumerator_next_async (GSocketAddressEnumerator *enumerator,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer data)
{
  ForemanWebhookEnumerator *self = FOREMAN_WEBHOOK_ENUMERATOR (enumerator);
  GTask *task = g_task_new (self, cancellable, callback, data);

  g_task_set_source_tag (task, foreman_webhook_enumerator_next_async);
  g_socket_address_enumerator_next_async (self->inner, cancellable, on_next, task);
}

static GSocketAddress *
foreman_webhook_enumerator_next_finish (GSocketAddressEnumerator *enumerator,
                                        GAsyncResult *result,
                                        GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, enumerator), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
foreman_webhook_enumerator_finalize (GObject *object)
{
  ForemanWebhookEnumerator *self = FOREMAN_WEBHOOK_ENUMERATOR (object);

  g_clear_object (&self->inner);
  g_clear_object (&self->address);

  G_OBJECT_CLASS (foreman_webhook_enumerator_parent_class)->finalize (object);
}

static void
foreman_webhook_enumerator_class_init (ForemanWebhookEnumeratorClass *klass)
{
  GSocketAddressEnumeratorClass *enumerator_class = G_SOCKET_ADDRESS_ENUMERATOR_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = foreman_webhook_enumerator_finalize;
  enumerator_class->next = foreman_webhook_enumerator_next;
  enumerator_class->next_async = foreman_webhook_enumerator_next_async;
  enumerator_class->next_finish = foreman_webhook_enumerator_next_finish;
}

static void
foreman_webhook_enumerator_init (ForemanWebhookEnumerator *self)
{
}

static void foreman_webhook_address_connectable_init (GSocketConnectableIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (ForemanWebhookAddress,
                               foreman_webhook_address,
                               G_TYPE_NETWORK_ADDRESS,
                               G_IMPLEMENT_INTERFACE (G_TYPE_SOCKET_CONNECTABLE,
                                                      foreman_webhook_address_connectable_init))

static GSocketAddressEnumerator *
foreman_webhook_address_enumerate (GSocketConnectable *connectable)
{
  GSocketConnectableIface *iface =
      g_type_interface_peek_parent (G_SOCKET_CONNECTABLE_GET_IFACE (connectable));
  ForemanWebhookEnumerator *enumerator = g_object_new (FOREMAN_TYPE_WEBHOOK_ENUMERATOR, NULL);

  enumerator->address = g_object_ref (FOREMAN_WEBHOOK_ADDRESS (connectable));
  enumerator->inner = iface->enumerate (connectable);
  return G_SOCKET_ADDRESS_ENUMERATOR (enumerator);
}

static void
foreman_webhook_address_connectable_init (GSocketConnectableIface *iface)
{
  iface->enumerate = foreman_webhook_address_enumerate;
  iface->proxy_enumerate = foreman_webhook_address_enumerate;
}

static void
foreman_webhook_address_finalize (GObject *object)
{
  g_clear_pointer (&FOREMAN_WEBHOOK_ADDRESS (object)->policy, foreman_webhook_policy_free);

  G_OBJECT_CLASS (foreman_webhook_address_parent_class)->finalize (object);
}

static void
foreman_webhook_address_class_init (ForemanWebhookAddressClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = foreman_webhook_address_finalize;
}

static void
foreman_webhook_address_init (ForemanWebhookAddress *self)
{
}

/**
 * foreman_webhook_address_new:
 * @host: a name or an address
 * @port: a port
 * @policy: (transfer full): which of its addresses may be connected to
 *
 * Connecting fails with %FOREMAN_ERROR_FORBIDDEN if none may. Any thread.
 *
 * Returns: (transfer full): the address
 */
ForemanWebhookAddress *
foreman_webhook_address_new (const char *host, guint16 port, ForemanWebhookPolicy *policy)
{
  ForemanWebhookAddress *self =
      g_object_new (FOREMAN_TYPE_WEBHOOK_ADDRESS, "hostname", host, "port", (guint) port, NULL);

  self->policy = policy;
  return self;
}
