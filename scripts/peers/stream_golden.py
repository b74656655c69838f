"""The alarms that lib/stat/stream_test.c expects, from River: python3 scripts/peers/stream_golden.py"""
from river import drift
from river.drift import binary

M = (1 << 64) - 1


def mix(z):
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & M
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & M
    return z ^ z >> 31


def unit(seed, n):  # rai_rng_unit of lib/base/rng.c, stream 1
    key = mix((mix(seed) + 0x9E3779B97F4A7C15) & M)
    return [(mix((key + (i + 1) * 0x9E3779B97F4A7C15) & M) >> 11) * 2.0**-53 for i in range(n)]


def numbers(seed):  # 3,000 values from 0 to 1, then 0.4 more, then 3 times as wide
    u = unit(seed, 9000)
    return [x if i < 3000 else x + 0.4 if i < 6000 else 3 * x for i, x in enumerate(u)]


def errors(seed):  # 20, 35, 10 % ones
    return [int(x < (0.2 if i < 3000 else 0.35 if i < 6000 else 0.1)) for i, x in enumerate(unit(seed, 9000))]


def alarms(detector, values):
    out = []
    for i, x in enumerate(values):
        detector.update(x)
        if detector.drift_detected:
            out.append(i)
    return out


for seed in (1, 2, 3):
    print("page-hinkley", seed, alarms(drift.PageHinkley(), numbers(seed)))
    print("page-hinkley, threshold 5", seed, alarms(drift.PageHinkley(threshold=5), numbers(seed))[:12])
    print("adwin", seed, alarms(drift.ADWIN(), numbers(seed)))
    print("adwin of errors", seed, alarms(drift.ADWIN(), errors(seed)))
    print("adwin, delta 0.5", seed, alarms(drift.ADWIN(delta=0.5), errors(seed))[:12])
    print("ddm", seed, alarms(binary.DDM(), errors(seed)))
    print("eddm", seed, alarms(binary.EDDM(), errors(seed))[:12])
    # of 30 old values all 30 are drawn, so that chance has no part
    print("kswin, window 60", seed, alarms(drift.KSWIN(alpha=0.001, window_size=60, seed=1), numbers(seed)))
