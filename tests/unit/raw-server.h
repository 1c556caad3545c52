/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A server without manners: each connection is a script that runs on a thread of its own, with a
 * blocking socket, and says and does whatever a test needs. */
typedef struct RawServer RawServer;

/* @nth: counts the connections, from 0. The socket is closed when the script returns. */
typedef void (*RawServerScript) (int fd, guint nth, gpointer data);

RawServer *raw_server_start (RawServerScript script, gpointer data);
RawServer *raw_server_start_unix (const char *path, RawServerScript script, gpointer data);
guint16 raw_server_get_port (RawServer *self);
char *raw_server_dup_url (RawServer *self);
guint raw_server_stop (RawServer *self); /* waits for all scripts; how many there were */

/* For scripts. */
char *raw_read_head (int fd); /* with its empty line; NULL if the peer went before */
gsize raw_read (int fd, void *buffer, gsize length); /* fewer only if the peer went */
gboolean raw_wait_for_end (int fd);                  /* reads away; TRUE: FIN, FALSE: RST */
void raw_say (int fd, const char *text);
void raw_say_bytes (int fd, const void *data, gsize length);
void raw_reset (int fd); /* RST now; the fd stays open as a number */

guint count_open_fds (void);

G_END_DECLS
