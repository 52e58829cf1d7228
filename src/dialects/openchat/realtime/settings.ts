// What a server is called and looks like (OC51).
import type { Space } from '../../../core/index.ts'

/** Home is called as the operator says until its managers say otherwise. */
export const printSettings = ({ id, title, description, look }: Space, serverName: string) => ({
  server_id: id,
  display_name: title || serverName,
  description: description ?? '',
  banner_preset: look ?? 'ocean',
})
