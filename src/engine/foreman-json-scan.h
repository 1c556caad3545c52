/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-json-span.h"

G_BEGIN_DECLS

/**
 * FOREMAN_JSON_MAX_DEPTH:
 *
 * How deep arrays and objects may be nested, the outermost included: as deep as Go's decoder goes.
 */
#define FOREMAN_JSON_MAX_DEPTH 10000

/**
 * ForemanJsonMatch:
 * @FOREMAN_JSON_MATCH_STRUCT: as Go fills a struct: letters fold, a later `null` does not replace a
 * value
 * @FOREMAN_JSON_MATCH_MAP: as Go fills a map (`options`): names are exact, the last one counts,
 * whatever it is
 *
 * How members are found by their name.
 */
typedef enum
{
  FOREMAN_JSON_MATCH_STRUCT,
  FOREMAN_JSON_MATCH_MAP,
} ForemanJsonMatch;

/**
 * ForemanJsonIter:
 *
 * Walks over the members of an object or the elements of an array. Its fields are private.
 */
typedef struct
{
  const char *data;
  gsize position;
  gsize end;
  gboolean is_object;
  gboolean started;
  gboolean done;
} ForemanJsonIter;

gboolean foreman_json_scan (const char *data,
                            gsize length,
                            const char *const *names,
                            ForemanJsonSpan *spans,
                            GError **error);
gboolean foreman_json_scan_whole (const char *data,
                                  gsize length,
                                  const char *const *names,
                                  ForemanJsonSpan *spans,
                                  GError **error);
gboolean foreman_json_scan_members (const char *data,
                                    ForemanJsonSpan object,
                                    const char *const *names,
                                    ForemanJsonMatch match,
                                    ForemanJsonSpan *spans,
                                    GError **error);
gboolean foreman_json_scan_member (const char *data,
                                   ForemanJsonSpan object,
                                   const char *name,
                                   ForemanJsonMatch match,
                                   ForemanJsonSpan *span);

gboolean foreman_json_iter_init (ForemanJsonIter *iter,
                                 const char *data,
                                 ForemanJsonSpan span,
                                 GError **error);
gboolean foreman_json_iter_init_object (ForemanJsonIter *iter,
                                        const char *data,
                                        ForemanJsonSpan span,
                                        GError **error);
gboolean foreman_json_iter_next (ForemanJsonIter *iter,
                                 ForemanJsonSpan *name,
                                 ForemanJsonSpan *value,
                                 GError **error);

gboolean foreman_json_name_matches (const char *data,
                                    ForemanJsonSpan span,
                                    const char *name,
                                    ForemanJsonMatch match);

G_END_DECLS
