/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How often a connection with work on it is looked at, and how often in a row it must look dead. */
#define FOREMAN_TCP_CHECK_INTERVAL (10 * G_USEC_PER_SEC)
#define FOREMAN_TCP_DEAD_AFTER     3

void foreman_tcp_set_keepalive (int fd);
gboolean foreman_tcp_looks_dead (int fd);

G_END_DECLS
