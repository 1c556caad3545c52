/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* One connection of the load generator: sends the same request again and again, reads the answers
 * by their framing (HTTP's, or lines) and counts. Built to cost little: the program under test
 * shares its processor.
 */

typedef struct
{
  GArray *first_byte; /* (owned) gint64 µs from the request to the first byte of its answer */
  GArray *whole;      /* (owned) gint64 µs from the request to the last byte of its answer */
  guint64 answers;
  guint64 refused;   /* of the answers, those that are not 2xx */
  int first_refusal; /* the status of the first of these */
  guint64 errors;    /* connections that broke */
  guint64 bytes;     /* of bodies */
  guint64 lines;     /* line feeds in bodies */
} ClientCounts;

typedef enum
{
  CLIENT_HEAD,
  CLIENT_LENGTH,
  CLIENT_CHUNK_SIZE,
  CLIENT_CHUNK,
  CLIENT_CHUNK_END,
  CLIENT_UNTIL_CLOSE,
  CLIENT_LINE, /* not HTTP: the answer is one line */
  CLIENT_LINE_END,
} ClientState;

typedef struct
{
  int fd;               /* -1 when closed */
  const char *expected; /* (unowned) (nullable): not HTTP: how the line begins that is an answer */
  ClientState state;
  gboolean keep_alive;
  gboolean last_chunk;
  gboolean answered; /* a byte of the answer has come */
  gint64 sent;       /* monotonic µs */
  gint64 left;       /* of the body, or of the chunk */
  guint kept;        /* bytes in `line` */
  char line[4096];   /* a head or a chunk size under way */
} ClientConnection;

typedef enum
{
  CLIENT_WAITING,
  CLIENT_ANSWERED, /* the answer is whole, the connection may carry the next request */
  CLIENT_CLOSED,
} ClientProgress;

gboolean client_connection_open (ClientConnection *connection,
                                 const struct sockaddr *address,
                                 socklen_t length,
                                 const char *expected);
void client_connection_close (ClientConnection *connection);
gboolean client_connection_send (ClientConnection *connection, const char *request, gsize length);
ClientProgress client_connection_read (ClientConnection *connection, ClientCounts *counts);

G_END_DECLS
