/* SPDX-License-Identifier: MIT */
#pragma once

#include "commands/foreman-client.h"

G_BEGIN_DECLS

/**
 * ForemanFollowStyle:
 * @FOREMAN_FOLLOW_ANSWER: print the answer when it is whole
 * @FOREMAN_FOLLOW_STREAM: print the answer's text as it comes
 * @FOREMAN_FOLLOW_JSON: print the job object at the end
 * @FOREMAN_FOLLOW_JSON_STREAM: print events as they come, an object a line, and the job object
 *
 * How to wait for one job.
 */
typedef enum
{
  FOREMAN_FOLLOW_ANSWER,
  FOREMAN_FOLLOW_STREAM,
  FOREMAN_FOLLOW_JSON,
  FOREMAN_FOLLOW_JSON_STREAM,
} ForemanFollowStyle;

ForemanExit foreman_follow (ForemanClient *client, const char *id, ForemanFollowStyle style);

G_END_DECLS
