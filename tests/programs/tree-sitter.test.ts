import { testProgram } from './suite.ts';
import { treeSitter } from './tree-sitter.ts';

testProgram(treeSitter);
