// Templates. All text becomes text nodes: nothing here ever parses markup.
import { h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
