/* SPDX-License-Identifier: MIT */
#include "fake-resolver.h"

struct _FakeResolver
{
  GResolver parent_instance;

  GHashTable *names; /* (owned): name → addresses */
};

G_DEFINE_FINAL_TYPE (FakeResolver, fake_resolver, G_TYPE_RESOLVER)

static gboolean
is_wanted (GInetAddress *address, GResolverNameLookupFlags flags)
{
  if (flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV4_ONLY)
    return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4;
  if (flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY)
    return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6;
  return TRUE;
}

static void
fake_resolver_lookup_async (GResolver *resolver,
                            const char *name,
                            GResolverNameLookupFlags flags,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  const char *texts = g_hash_table_lookup (FAKE_RESOLVER (resolver)->names, name);
  g_auto (GStrv) addresses = g_strsplit (texts != NULL ? texts : "", " ", -1);
  g_autoptr (GTask) task = g_task_new (resolver, cancellable, callback, data);
  GList *found = NULL;

  for (guint i = 0; addresses[i] != NULL; i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (addresses[i]);

      if (address != NULL && is_wanted (address, flags))
        found = g_list_append (found, g_steal_pointer (&address));
    }
  if (found != NULL)
    g_task_return_pointer (task, found, (GDestroyNotify) g_resolver_free_addresses);
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
}

static GList *
fake_resolver_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_resolver_finalize (GObject *object)
{
  g_hash_table_unref (FAKE_RESOLVER (object)->names);

  G_OBJECT_CLASS (fake_resolver_parent_class)->finalize (object);
}

static void
fake_resolver_class_init (FakeResolverClass *klass)
{
  GResolverClass *resolver_class = G_RESOLVER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fake_resolver_finalize;
  resolver_class->lookup_by_name_with_flags_async = fake_resolver_lookup_async;
  resolver_class->lookup_by_name_with_flags_finish = fake_resolver_lookup_finish;
}

static void
fake_resolver_init (FakeResolver *self)
{
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

FakeResolver *
fake_resolver_install (void)
{
  FakeResolver *self = g_object_new (FAKE_TYPE_RESOLVER, NULL);

  g_resolver_set_default (G_RESOLVER (self));
  return self;
}

void
fake_resolver_add (FakeResolver *self, const char *name, const char *addresses)
{
  g_hash_table_insert (self->names, g_strdup (name), g_strdup (addresses));
}
