package incident

// What people write is fuzzed from beside the package.
var Words = words
