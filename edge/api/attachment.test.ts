import { expect, test } from "vitest";
import { attachment } from "./attachment.ts";

test("a plain name stands in both forms", () => {
  expect(attachment("Launch attendees.csv")).toBe(
    "attachment; filename=\"Launch attendees.csv\"; filename*=UTF-8''Launch%20attendees.csv",
  );
});

test("letters beyond ASCII travel encoded, and without their marks for old programs", () => {
  expect(attachment("Frühjahr chat.csv")).toBe(
    "attachment; filename=\"Fruhjahr chat.csv\"; filename*=UTF-8''Fr%C3%BChjahr%20chat.csv",
  );
  expect(attachment("春 chat.csv")).toBe(
    "attachment; filename=\"- chat.csv\"; filename*=UTF-8''%E6%98%A5%20chat.csv",
  );
});

test("nothing in a title ends the header, the quotes or the folder", () => {
  const header = attachment('a"; x="b\r\nSet-Cookie: y=1/../\\..*\'(1)%41.csv');
  expect(header).toBe(
    "attachment; filename=\"a-; x=-b-Set-Cookie- y=1-..-..-'(1)-41.csv\"; filename*=UTF-8''a-%3B%20x%3D-b-Set-Cookie-%20y%3D1-..-..-%27%281%29%2541.csv",
  );
  expect(() => new Headers({ "content-disposition": header })).not.toThrow();
});
