import type { AccessRule } from "./access-rule.ts";

/** Signing in, one's own account and devices, and the people that admins look after. */
export const accountsOperations = {
  registerUser: { who: "anyone", subject: "none" },
  logIn: { who: "anyone", subject: "none" },
  logOut: { who: "signed-in", subject: "none" },
  getMe: { who: "signed-in", subject: "none" },
  listLogins: { who: "signed-in", subject: "none" },
  endLogin: { who: "self", subject: "login" },
  changePassword: { who: "signed-in", subject: "none" },
  requestPasswordReset: { who: "anyone", subject: "none" },
  deleteOwnAccount: { who: "signed-in", subject: "none" },
  resetPassword: { who: "anyone", subject: "none" },
  listUsers: { who: "admin", subject: "none" },
  getUser: { who: "self-or-admin", subject: "account" },
  updateUser: { who: "self-or-admin", subject: "account" },
  changeUserRole: { who: "admin", subject: "account" },
  deleteUser: { who: "self-or-admin", subject: "account" },
  listUserActivity: { who: "self-or-admin", subject: "account" },
  exportUserData: { who: "self-or-admin", subject: "account" },
  importUsers: { who: "admin", subject: "none" },
} satisfies Record<string, AccessRule>;
