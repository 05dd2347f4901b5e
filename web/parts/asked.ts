import { useSignal } from '@preact/signals'

/** Which dialog is open above a view, and over what. */
export function useAsked<Question>() {
  const asked = useSignal<Question | undefined>(undefined)
  return {
    asked: asked.value,
    ask: (question: Question) => {
      asked.value = question
    },
    close: () => {
      asked.value = undefined
    },
  }
}
