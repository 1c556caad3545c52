/* SPDX-License-Identifier: MIT */
#include "net/foreman-byte-source.h"

#include "libforeman/foreman-error.h"

/* How much is read of a collection at once. */
#define COLLECT_STEP (16 * 1024)

/**
 * ForemanByteSource:
 *
 * Anything that bytes are pulled from: a request's body, an answer's body.
 *
 * Read until there is nothing there now, then say that more is wanted and wait for
 * [signal@ByteSource::readable]. What is not wanted is left where it is, and in the end the sender
 * has to wait: that is all the flow control there is.
 */
G_DEFINE_INTERFACE (ForemanByteSource, foreman_byte_source, G_TYPE_OBJECT)

enum
{
  READABLE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
foreman_byte_source_default_init (ForemanByteSourceInterface *iface)
{
  /**
   * ForemanByteSource::readable:
   * @self: a source
   *
   * Emitted again and again while bytes are wanted and foreman_byte_source_read() has something to
   * tell: bytes, the end, or an error. The end and an error are announced at least once.
   */
  signals[READABLE] = g_signal_new ("readable", FOREMAN_TYPE_BYTE_SOURCE, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
}

/**
 * foreman_byte_source_read:
 * @self: a source
 * @buffer: (out caller-allocates) (array length=length): where the bytes go
 * @length: how many there is room for, in bytes; not 0
 * @error: return location
 *
 * Takes what is there, without waiting. Main thread.
 *
 * Returns: how many bytes were put into @buffer; 0 if the body is complete, its framing having said
 *   so; -1 with %G_IO_ERROR_WOULD_BLOCK if there is nothing now, with %FOREMAN_ERROR_CONNECTION if
 *   it broke off before its end, or with another error, which is final, too
 */
gssize
foreman_byte_source_read (ForemanByteSource *self, guint8 *buffer, gsize length, GError **error)
{
  g_return_val_if_fail (FOREMAN_IS_BYTE_SOURCE (self), -1);
  g_return_val_if_fail (buffer != NULL && length > 0, -1);

  return FOREMAN_BYTE_SOURCE_GET_IFACE (self)->read (self, buffer, length, error);
}

/**
 * foreman_byte_source_set_wanted:
 * @self: a source
 * @wanted: whether to emit [signal@ByteSource::readable]
 *
 * Says whether somebody waits for bytes. Nothing is emitted from within. Main thread.
 */
void
foreman_byte_source_set_wanted (ForemanByteSource *self, gboolean wanted)
{
  g_return_if_fail (FOREMAN_IS_BYTE_SOURCE (self));

  FOREMAN_BYTE_SOURCE_GET_IFACE (self)->set_wanted (self, wanted);
}

/**
 * foreman_byte_source_emit_readable:
 * @self: a source
 *
 * For implementations: emits [signal@ByteSource::readable].
 */
void
foreman_byte_source_emit_readable (ForemanByteSource *self)
{
  g_return_if_fail (FOREMAN_IS_BYTE_SOURCE (self));

  g_signal_emit (self, signals[READABLE], 0);
}

typedef struct
{
  GByteArray *bytes; /* (owned) */
  gsize max;
  gulong readable_id;
  GSource *cancelled; /* (owned) (nullable) */
} Collection;

static void
collection_free (Collection *collection)
{
  g_clear_pointer (&collection->bytes, g_byte_array_unref);
  g_free (collection);
}

/* Stops waiting, if it has come to that. */
static void
collection_end (GTask *task)
{
  Collection *collection = g_task_get_task_data (task);
  ForemanByteSource *self = g_task_get_source_object (task);

  if (collection->cancelled != NULL)
    {
      g_source_destroy (collection->cancelled);
      g_clear_pointer (&collection->cancelled, g_source_unref);
    }
  if (collection->readable_id != 0)
    {
      g_clear_signal_handler (&collection->readable_id, self);
      foreman_byte_source_set_wanted (self, FALSE);
    }
}

static void
collection_fail (GTask *task, GError *error)
{
  collection_end (task);
  g_task_return_error (task, error);
}

/* What waits for its turn at the gate waits with its body: without the room to grow. */
static GBytes *
collection_take_bytes (Collection *collection)
{
  gsize length = collection->bytes->len;
  guint8 *data = g_byte_array_free (g_steal_pointer (&collection->bytes), FALSE);

  return g_bytes_new_take (g_realloc (data, length), length);
}

/* Returns: what read() said; bytes are added to the collection */
static gssize
collection_read (ForemanByteSource *self, Collection *collection, GError **error)
{
  GByteArray *bytes = collection->bytes;
  guint8 step[COLLECT_STEP];
  /* one byte more than allowed is enough to know that it is too much */
  gsize room = MIN (sizeof step, collection->max - bytes->len + 1);
  gssize n = foreman_byte_source_read (self, step, room, error);

  if (n > 0)
    g_byte_array_append (bytes, step, (guint) n);
  return n;
}

/* Returns: %FALSE if the task is through, the reference that waiting held given back */
static gboolean
collection_go_on (GTask *task)
{
  Collection *collection = g_task_get_task_data (task);
  GError *error = NULL;
  gssize n;

  do
    n = collection_read (g_task_get_source_object (task), collection, &error);
  while (n > 0 && collection->bytes->len <= collection->max);

  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    {
      g_error_free (error);
      return TRUE;
    }
  if (n < 0)
    collection_fail (task, error);
  else if (n > 0)
    collection_fail (task, g_error_new (FOREMAN_ERROR, FOREMAN_ERROR_TOO_LARGE,
                                        "The body is larger than %" G_GSIZE_FORMAT " bytes",
                                        collection->max));
  else
    {
      collection_end (task);
      g_task_return_pointer (task, collection_take_bytes (collection),
                             (GDestroyNotify) g_bytes_unref);
    }
  g_object_unref (task);
  return FALSE;
}

static void
on_readable (ForemanByteSource *self, gpointer data)
{
  collection_go_on (data);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  GTask *task = data;

  collection_end (task);
  g_task_return_error_if_cancelled (task);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

/**
 * foreman_byte_source_collect_async:
 * @self: a source
 * @max: how large the whole may be, in bytes
 * @cancellable: (nullable): to give up waiting
 * @callback: called when it is through
 * @user_data: for @callback
 *
 * Reads @self to its end. Nobody else may read from it meanwhile. Main thread.
 */
void
foreman_byte_source_collect_async (ForemanByteSource *self,
                                   gsize max,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  Collection *collection;
  GTask *task;

  g_return_if_fail (FOREMAN_IS_BYTE_SOURCE (self));
  g_return_if_fail (max < G_MAXUINT - COLLECT_STEP);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, foreman_byte_source_collect_async);
  g_task_set_name (task, "foreman_byte_source_collect_async");
  collection = g_new0 (Collection, 1);
  collection->bytes = g_byte_array_new ();
  collection->max = max;
  g_task_set_task_data (task, collection, (GDestroyNotify) collection_free);

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  if (!collection_go_on (task))
    return;

  collection->readable_id = g_signal_connect (self, "readable", G_CALLBACK (on_readable), task);
  if (cancellable != NULL)
    {
      collection->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (collection->cancelled, G_SOURCE_FUNC (on_cancelled), task, NULL);
      g_source_attach (collection->cancelled, g_task_get_context (task));
    }
  foreman_byte_source_set_wanted (self, TRUE);
}

/**
 * foreman_byte_source_collect_finish:
 * @self: a source
 * @result: what the callback was given
 * @error: return location
 *
 * The end of foreman_byte_source_collect_async(). %FOREMAN_ERROR_TOO_LARGE means that there is more
 * than was allowed; the rest is still to be read then.
 *
 * Returns: (transfer full): all bytes
 */
GBytes *
foreman_byte_source_collect_finish (ForemanByteSource *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
