/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A raw server's script that shakes hands, as localhost and 127.0.0.1 with a certificate signed by
 * itself, and then runs a TlsScript. */
typedef void (*TlsScript) (GInputStream *in, GOutputStream *out);
void serve_tls (int fd, guint nth, gpointer tls_script);
gboolean tls_read_request (GInputStream *in); /* with its empty line, without a body */

/* From now on this process trusts that certificate, until the end of its tests. */
void tls_trust_ourselves (void);
void tls_forget_ourselves (void);

G_END_DECLS
