/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanFilter:
 * @state: (owned) (nullable): `--state`
 * @model: (owned) (nullable): `--model`
 * @group: (owned) (nullable): `--group`
 * @label: (owned) (nullable): `--label`, `NAME=VALUE`
 *
 * Which jobs a command line means. Zero it first.
 */
typedef struct
{
  char *state;
  char *model;
  char *group;
  char *label;
} ForemanFilter;

void foreman_query_add (GString *path, const char *name, const char *value);
void foreman_filter_add_options (ForemanFilter *filter, GOptionContext *context);
gboolean foreman_filter_is_empty (const ForemanFilter *filter);
void foreman_filter_add_to (const ForemanFilter *filter, GString *path);
void foreman_filter_clear (ForemanFilter *filter);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ForemanFilter, foreman_filter_clear)

G_END_DECLS
