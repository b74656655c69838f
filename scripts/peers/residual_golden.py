#!/usr/bin/env python3
"""The golden numbers of lib/drift/residual_test.c, by scipy (1.17.1)."""
import math

import numpy as np
from scipy import stats


def golden(now, was):
    test = stats.ttest_ind(now, was, equal_var=False)
    low, high = stats.t.interval(0.99, len(now) - 1, loc=now.mean(), scale=stats.sem(now))
    print("%.17g %.17g %.17g %.17g %.17g" % (now.mean(), low, high, was.mean(), test.pvalue))


golden(np.array([0.05 + 0.1 * math.cos(1.7 * i) for i in range(1, 31)]),
       np.array([0.1 * math.sin(i) for i in range(1, 41)]))
golden(np.array([3 + 5 * math.cos(1.7 * i) for i in range(1, 31)]),
       np.array([5 * math.sin(i) for i in range(1, 41)]))
