import * as v from "valibot";
import { DisplayName, Email, Role, User } from "./accounts.ts";
import { listOf, listQueryEntries } from "./list.ts";

/** Of an image on the web; other schemes could run in a page. */
const AvatarUrl = v.pipe(
  v.string(),
  v.maxLength(2048),
  v.check((text) => {
    if (!/^https?:\/\/[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return false;
    const { username, password } = new URL(text);
    return username === "" && password === "";
  }, "is not an http(s) URL"),
);

/** What is left out stays as it is. */
export const UpdateUserRequest = v.object({
  name: v.optional(DisplayName),
  email: v.optional(Email),
  avatarUrl: v.optional(v.nullable(AvatarUrl)),
});
export type UpdateUserRequest = v.InferOutput<typeof UpdateUserRequest>;

export const ChangeRoleRequest = v.object({ role: Role });
export const UserList = listOf(User);
export const UserListQuery = v.object({
  ...listQueryEntries,
  /** A part of the name or the email, in any case. */
  q: v.optional(v.pipe(v.string(), v.maxLength(100), v.trim())),
  role: v.optional(Role),
});
