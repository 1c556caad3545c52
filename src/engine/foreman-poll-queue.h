/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-inventory-poll.h"

G_BEGIN_DECLS

typedef struct _ForemanPollQueue ForemanPollQueue;

ForemanPollQueue *foreman_poll_queue_new (GObject *owner,
                                          ForemanTarget *target,
                                          ForemanClock *clock,
                                          ForemanInventoryPollFunc func);
void foreman_poll_queue_free (ForemanPollQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanPollQueue, foreman_poll_queue_free)

void foreman_poll_queue_add (ForemanPollQueue *queue, ForemanInventoryLists lists, gboolean wanted);
void foreman_poll_queue_join (ForemanPollQueue *queue,
                              GTask *task,
                              ForemanInventoryLists lists,
                              gboolean fresh);
gboolean foreman_poll_queue_is_settled (ForemanPollQueue *queue, ForemanInventoryLists lists);
void foreman_poll_queue_settle (ForemanPollQueue *queue, GTask *task, ForemanInventoryLists lists);
void foreman_poll_queue_restart (ForemanPollQueue *queue, ForemanInventoryLists lists);
void foreman_poll_queue_stop (ForemanPollQueue *queue, const GError *error);

ForemanInventoryLists foreman_poll_queue_get_lists (const ForemanPollQueue *queue);
gint64 foreman_poll_queue_get_begun_at (const ForemanPollQueue *queue);
guint64 foreman_poll_queue_get_serial (const ForemanPollQueue *queue);

G_END_DECLS
