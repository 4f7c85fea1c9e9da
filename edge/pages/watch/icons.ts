/** Shapes on a 24 × 24 grid, filled by the even-odd rule. */
export const icons = {
  play: "M8 5.2v13.6a.7.7 0 0 0 1.1.6l10.2-6.8a.7.7 0 0 0 0-1.2L9.1 4.6A.7.7 0 0 0 8 5.2z",
  pause: "M6.5 5h3.5v14H6.5zM14 5h3.5v14H14z",
  sound:
    "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM14.5 8.2a4.3 4.3 0 0 1 0 7.6v-1.8a2.7 2.7 0 0 0 0-4zM14.5 4.8a7.6 7.6 0 0 1 0 14.4v-1.7a6 6 0 0 0 0-11z",
  muted:
    "M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.3 9.2l1.1-1.1 2.1 2.1 2.1-2.1 1.1 1.1-2.1 2.1 2.1 2.1-1.1 1.1-2.1-2.1-2.1 2.1-1.1-1.1 2.1-2.1z",
  fullscreen: "M5 5h6v1.8H6.8V11H5zM13 5h6v6h-1.8V6.8H13zM5 13h1.8v4.2H11V19H5zM17.2 13H19v6h-6v-1.8h4.2z",
  leaveFullscreen:
    "M9.2 5H11v6H5V9.2h4.2zM13 5h1.8v4.2H19V11h-6zM5 13h6v6H9.2v-4.2H5zM13 13h6v1.8h-4.2V19H13z",
  pictureInPicture: "M3.5 5h17v14h-17zM5.3 6.8v10.4h13.4V6.8zM12 11.5h5.2v4.2H12z",
} as const;
