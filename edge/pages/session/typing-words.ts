/** Who is typing, as one line; empty when nobody is. `count` may be more than the names. */
export function typingWords({ users, count }: { users: readonly string[]; count: number }): string {
  if (count <= 0) return "";
  const shown = users.slice(0, 2);
  const others = count - shown.length;
  const [first, second] = shown;
  if (first === undefined) return count === 1 ? "Someone is typing" : `${count} people are typing`;
  if (others > 0)
    return `${shown.join(", ")} and ${others === 1 ? "1 other" : `${others} others`} are typing`;
  return second === undefined ? `${first} is typing` : `${first} and ${second} are typing`;
}
