/** Who else is typing, as one line; empty when nobody is. `count` may be more than the names; `me` is left out. */
export function typingWords(
  typing: { users: readonly string[]; count: number },
  me: string | null = null,
): string {
  const users = typing.users.filter((name) => name !== me);
  const count = typing.count - (typing.users.length - users.length);
  if (count <= 0) return "";
  const shown = users.slice(0, 2);
  const others = count - shown.length;
  const [first, second] = shown;
  if (first === undefined) return count === 1 ? "Someone is typing" : `${count} people are typing`;
  if (others > 0)
    return `${shown.join(", ")} and ${others === 1 ? "1 other" : `${others} others`} are typing`;
  return second === undefined ? `${first} is typing` : `${first} and ${second} are typing`;
}
