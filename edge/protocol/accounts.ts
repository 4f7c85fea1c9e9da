import * as v from "valibot";
import { looksLikeEmail, normaliseEmail } from "./email.ts";
import { Instant, identifier } from "./identifier.ts";
import { listOf } from "./list.ts";

export const roles = ["attendee", "speaker", "moderator", "admin"] as const;
export const Role = v.picklist(roles);
export type Role = v.InferOutput<typeof Role>;

/** In the one form by which accounts are found: see `normaliseEmail`. */
export const Email = v.pipe(
  v.string(),
  v.maxLength(254),
  v.transform(normaliseEmail),
  v.check(looksLikeEmail, "is not an email address"),
);
/** 8 to 200 characters; length is what protects, so no composition rules (NIST SP 800-63B §5.1.1). */
export const Password = v.pipe(v.string(), v.minLength(8), v.maxLength(200));
/** A name people see; no control characters, no lone surrogates. */
export const DisplayName = v.pipe(
  v.string(),
  v.maxLength(400),
  v.trim(),
  v.minLength(1),
  v.maxLength(100),
  v.check(
    (text) => text.isWellFormed() && !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text),
    "has control characters",
  ),
);

export const User = v.pipe(
  v.object({
    id: identifier("user"),
    email: v.string(),
    name: v.string(),
    role: Role,
    avatarUrl: v.nullable(v.string()),
    createdAt: Instant,
  }),
  v.metadata({ ref: "User" }),
);
export type User = v.InferOutput<typeof User>;

/** One login on one device. */
export const LoginSession = v.pipe(
  v.object({
    id: identifier("login"),
    deviceName: v.nullable(v.string()),
    userAgent: v.nullable(v.string()),
    ip: v.nullable(v.string()),
    createdAt: Instant,
    lastSeenAt: Instant,
    current: v.boolean(),
  }),
  v.metadata({ ref: "LoginSession" }),
);
export type LoginSession = v.InferOutput<typeof LoginSession>;

export const RegisterRequest = v.object({ email: Email, password: Password, name: DisplayName });
export const LoginRequest = v.object({
  /** Any text: what is no address is nobody's, and answered alike. */
  email: v.pipe(v.string(), v.maxLength(254), v.transform(normaliseEmail)),
  password: v.pipe(v.string(), v.maxLength(200)),
  deviceName: v.optional(DisplayName),
});
export const SignedIn = v.object({ user: User, token: v.string(), expiresAt: Instant });
export type SignedIn = v.InferOutput<typeof SignedIn>;
export const Me = v.object({ user: User, session: LoginSession });
export type Me = v.InferOutput<typeof Me>;

export const ChangePasswordRequest = v.object({
  current: v.pipe(v.string(), v.maxLength(200)),
  next: Password,
});
export const DeleteAccountRequest = v.object({ password: v.pipe(v.string(), v.maxLength(200)) });
export const ForgotPasswordRequest = v.object({
  email: v.pipe(v.string(), v.maxLength(254), v.transform(normaliseEmail)),
});
/** `token`: from the link in the mail, of a reset or of an invitation. */
export const ResetPasswordRequest = v.object({
  token: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  next: Password,
});
export const LoginSessionList = listOf(LoginSession);
