// A library that has nothing of its own, only what it is linked with.
static int nothing;
