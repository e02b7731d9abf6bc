# Where the values of typed memory begin; NULL where there are none.

cdef inline const float* address(const float[::1] values) noexcept nogil:
    return &values[0] if values.shape[0] else NULL


cdef inline const float* table_address(const float[:, ::1] values) noexcept nogil:
    return &values[0, 0] if values.shape[0] and values.shape[1] else NULL
