"""The outlines of the states, where a point lies in their picture, and the drawing of a map with pins."""
