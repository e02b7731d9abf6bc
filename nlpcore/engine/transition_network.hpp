// Transition systems with their networks, as other modules call them: they never change, and may be used without the
// GIL from several threads at once. Working memory belongs to the thread and is kept from call to call.
#pragma once

#include "entity_network.hpp"
#include "parser_network.hpp"
