import { sqlite } from './sqlite.ts';
import { testProgram } from './suite.ts';

testProgram(sqlite);
