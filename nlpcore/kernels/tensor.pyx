"""What a model holds, without NumPy: read-only values with a dtype and a shape.

A Tensor has the buffer protocol: ``numpy.asarray`` of one copies nothing, and compiled code reads it as it
reads an array.
"""

from cpython.buffer cimport PyBUF_FORMAT, PyBUF_ND, PyBUF_STRIDES, PyBUF_WRITABLE
from cpython.bytes cimport PyBytes_AS_STRING
from libc.stddef cimport size_t
from libc.stdint cimport uint16_t, uintptr_t

cdef extern from "Python.h":
    object PyByteArray_FromStringAndSize(const char* data, Py_ssize_t n)
    char* PyByteArray_AS_STRING(object array) noexcept
    const Py_ssize_t PY_SSIZE_T_MAX

cdef extern from "nlpcore/kernels/half.hpp" namespace "nlpcore" nogil:
    void widen(const uint16_t* half, size_t n, float* to) noexcept
    bint all_finite(const float* values, size_t n) noexcept

#: dtype -> (its code in ``struct``, bytes of a value)
DTYPES = {
    "float16": ("e", 2), "float32": ("f", 4), "float64": ("d", 8),
    "int8": ("b", 1), "int16": ("h", 2), "int32": ("i", 4), "int64": ("q", 8),
    "uint8": ("B", 1), "uint16": ("H", 2), "uint32": ("I", 4), "uint64": ("Q", 8), "bool": ("?", 1),
}  # fmt: skip
cdef enum:
    ALIGNMENT = 64


cdef class Tensor:
    """Values of ``dtype`` (a name of ``DTYPES``), in C order and native byte order, that nobody changes.

    They are those of ``data`` from the byte ``offset`` on. Raises ValueError where they do not lie in it.
    """

    def __cinit__(self, bytes data not None, str dtype not None, tuple shape not None, Py_ssize_t offset):
        cdef Py_ssize_t n_bytes = self._describe(dtype, shape)
        if not 0 <= offset <= len(data) - n_bytes or offset % self.item_size:
            raise ValueError(f"{n_bytes} bytes from byte {offset} on are not in {len(data)} bytes")
        self.owner = data
        self.data = PyBytes_AS_STRING(data) + offset

    cdef Py_ssize_t _describe(self, str dtype, tuple shape) except -1:
        """Dtype, shape and strides; returns the number of bytes."""
        cdef Py_ssize_t n_bytes, i
        code, n_bytes = DTYPES[dtype]
        if len(shape) > MOST_DIMENSIONS:
            raise ValueError(f"{len(shape)} dimensions are more than {MOST_DIMENSIONS}")
        self.dtype = dtype
        self.code = code.encode()
        self.shape = shape
        self.item_size = n_bytes
        self.n_values = 1
        for i in range(len(shape) - 1, -1, -1):
            self.sides[i] = shape[i]
            self.strides[i] = n_bytes
            if self.sides[i] < 0 or (self.sides[i] and n_bytes > PY_SSIZE_T_MAX // self.sides[i]):
                raise ValueError(f"the shape {shape} is impossible")
            n_bytes *= self.sides[i]
            self.n_values *= self.sides[i]
        return n_bytes

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def size(self):
        """The number of values."""
        return self.n_values

    @property
    def nbytes(self):
        return self.n_values * self.item_size

    def __len__(self):
        if not self.shape:
            raise TypeError("a tensor without dimensions has no length")
        return self.shape[0]

    def tobytes(self):
        return self.data[:self.n_values * self.item_size]

    def is_finite(self):
        """Whether all values are numbers; only for float32."""
        if self.dtype != "float32":
            raise ValueError(f"a tensor of float32 was expected, not of {self.dtype}")
        cdef bint answer
        with nogil:
            answer = all_finite(<const float*>self.data, self.n_values)
        return answer

    def __getbuffer__(self, Py_buffer* view, int flags):
        if flags & PyBUF_WRITABLE:
            raise BufferError("The values of a model are read-only: take a copy.")
        view.obj = self
        view.buf = <void*>self.data
        view.len = self.n_values * self.item_size
        view.readonly = True
        view.itemsize = self.item_size
        view.format = <char*>self.code if flags & PyBUF_FORMAT else NULL
        view.ndim = len(self.shape)
        view.shape = &self.sides[0] if flags & PyBUF_ND else <Py_ssize_t*>NULL
        view.strides = &self.strides[0] if flags & PyBUF_STRIDES == PyBUF_STRIDES else <Py_ssize_t*>NULL
        view.suboffsets = NULL
        view.internal = NULL

    def __reduce__(self):
        return Tensor, (self.tobytes(), self.dtype, self.shape, 0)


def widened(list halves not None):
    """Tensors of float16 as float32, each beginning at a multiple of 64 bytes. Needs no lock of Python."""
    cdef list wide = []
    cdef Tensor half, tensor
    cdef Py_ssize_t n_bytes
    for half in halves:
        if half.dtype != "float16":
            raise ValueError(f"a tensor of float16 was expected, not of {half.dtype}")
        tensor = Tensor.__new__(Tensor, b"", "float32", (0,), 0)
        n_bytes = tensor._describe("float32", half.shape)
        tensor.owner = PyByteArray_FromStringAndSize(NULL, n_bytes + ALIGNMENT)
        tensor.data = PyByteArray_AS_STRING(tensor.owner)
        tensor.data += -<uintptr_t>tensor.data % ALIGNMENT
        wide.append(tensor)
    for half, tensor in zip(halves, wide):
        with nogil:
            widen(<const uint16_t*>half.data, half.n_values, <float*>tensor.data)
    return wide
