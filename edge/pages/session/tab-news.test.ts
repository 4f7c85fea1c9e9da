import { expect, test } from "vitest";
import { TabNews } from "./tab-news.ts";

test("what was there from the start is no news, what comes while one looks elsewhere is", () => {
  const news = new TabNews();
  expect(news.count("chat", ["a", "b"], false)).toBe(0);
  expect(news.count("chat", ["b", "c", "d"], false)).toBe(2);
  expect(news.count("polls", [], false), "each tab for itself").toBe(0);
  expect(news.count("polls", ["p"], false)).toBe(1);
});

test("looking at a tab makes all of it seen", () => {
  const news = new TabNews();
  news.count("chat", ["a"], true);
  expect(news.count("chat", ["a", "b"], true)).toBe(0);
  expect(news.count("chat", ["a", "b"], false)).toBe(0);
  expect(news.count("chat", ["a", "b", "c"], false)).toBe(1);
  news.forget();
  expect(news.count("chat", ["x", "y"], false)).toBe(0);
});
