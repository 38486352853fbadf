export const metadata = { title: "Presealed, with Next" };

export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}
