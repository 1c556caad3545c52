/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanResultsFile:
 *
 * A file of result lines that may have been begun before.
 */
typedef struct _ForemanResultsFile ForemanResultsFile;

ForemanResultsFile *foreman_results_file_open (const char *path, GError **error);
void foreman_results_file_free (ForemanResultsFile *self);
const char *foreman_results_file_get_last_id (ForemanResultsFile *self);
gboolean foreman_results_file_append (ForemanResultsFile *self,
                                      const char *line,
                                      gsize length,
                                      GError **error);
gboolean foreman_results_file_close (ForemanResultsFile *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanResultsFile, foreman_results_file_free)

G_END_DECLS
