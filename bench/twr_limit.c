/* The limit of `twr_mem`: one pass over values and netted flows, nothing else. */
#include <stdint.h>

void chain(int64_t n, const int64_t *at, const double *value, int64_t m, const int64_t *flow_at, const double *flow,
           double floor, double *index)
{
    double level = 1.0;
    int64_t k = 0;
    while (n > 0 && k < m && flow_at[k] <= at[0]) k++;
    if (n > 0) index[0] = 1.0;
    for (int64_t i = 1; i < n; i++) {
        double end = value[i], base = value[i - 1];
        while (k < m && flow_at[k] <= at[i]) end -= flow[k++];
        if (base >= floor && end >= -1e-9) level *= end > 1e-9 ? end / base : 0.0;
        index[i] = level;
    }
}
