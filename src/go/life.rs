//! Pass-alive chains, areas and independent life (KataGo format document, section 13).
