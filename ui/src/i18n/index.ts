import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
    enableSelector: false;
  }
}

void i18next.use(initReactI18next).init({
  lng: "en",
  resources: { en: { translation: en } },
  // React escapes the text that it renders.
  interpolation: { escapeValue: false },
  initAsync: false,
});

/** For lists that render it hundreds of times: it does not subscribe to language changes, because there is one language. */
const { t } = i18next;

export { i18next, t };
