// The clean picture alone.

import { Line } from "./line.js";
import { Picture } from "./picture.js";

const picture = new Picture(document.querySelector("canvas"), () => line.say("seen"), true);
const line = new Line("clean", { picture: (blob) => picture.take(blob) });
