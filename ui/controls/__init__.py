"""The control panel: a component of native inputs, bound to the session and to the address."""
