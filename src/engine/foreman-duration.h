/* SPDX-License-Identifier: MIT */
#pragma once

/* Where it was before the commands needed it too. */
#include "libforeman/foreman-duration.h"
