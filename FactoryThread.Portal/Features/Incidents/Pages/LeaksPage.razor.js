// The circuit makes no stream of nothing.
export function isEmpty(id) {
  return document.getElementById(id).value === '';
}

// Hands over what was pasted, once, and empties the field. A stream: a long text would not fit into one message of the circuit.
export function take(id) {
  const field = document.getElementById(id);
  const text = field.value;
  field.value = '';
  return new Blob([text]);
}
